"""The machines of an Ansible inventory, as Ansible itself reads it: any format, groups, host_vars and all."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..nearest import nearest
from ..world import World

__all__ = ["Host", "Inventory", "read_inventory"]

#: An inventory may name its topology, so that no command has to.
TOPOLOGY = "vethlab_topology"
_TRUE = ("true", "yes", "1", "on")


@dataclass(frozen=True, slots=True)
class Host:
    """A machine and how it is reached; what is empty is left to ssh_config(5)."""

    name: str
    address: str
    port: int | None = None
    user: str = ""
    key: str = ""
    arguments: tuple[str, ...] = ()
    become: bool = False
    python: str = "python3"


@dataclass(frozen=True, slots=True)
class Inventory:
    """`file` as it was given, its hosts by name, and the topology it names, if it does."""

    file: Path
    hosts: dict[str, Host]
    topology: str | None = None

    def fit(self, world: World) -> None:
        """Every host must be a machine of the world, which says what it is for. Raises InputError with the others."""
        strange = [name for name in self.hosts if name not in world.machines]
        if strange:
            hints = (f"{n!r}{_hint(n, world)}" for n in strange)
            there = ", ".join(world.machines)
            raise InputError.of(f"no node of {world.name} is named {', '.join(hints)} (it has {there})", str(self.file))


def read_inventory(file: Path) -> Inventory:
    """Raises InputError where Ansible cannot read it, or it has no hosts."""
    if not file.exists():
        raise InputError.of("no such inventory; a line a machine will do: node1 ansible_host=192.168.1.101", str(file))
    argv = [sys.executable, "-m", "ansible.cli.inventory", "-i", str(file), "--list"]
    strict = {"ANSIBLE_INVENTORY_UNPARSED_FAILED": "True", "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **strict})
    if done.returncode:
        raise InputError.of(f"Ansible cannot read it: {_last_line(done.stderr)}", str(file))
    variables = _variables(json.loads(done.stdout))
    if not variables:
        raise InputError.of("it names no host", str(file))
    named = {str(found[TOPOLOGY]) for found in variables.values() if TOPOLOGY in found}
    topology = _beside(file, named.pop()) if len(named) == 1 else None
    return Inventory(file, {name: _host(name, found) for name, found in variables.items()}, topology)


def _variables(listed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By host, in the order of the groups; a host without variables stands in its group alone."""
    known = listed.pop("_meta")["hostvars"]
    names = dict.fromkeys(name for group in listed.values() for name in group.get("hosts", ()))
    return {name: known.get(name, {}) for name in names}


def _host(name: str, found: Mapping[str, Any]) -> Host:
    words = [*_words(found, "ansible_ssh_common_args"), *_words(found, "ansible_ssh_extra_args")]
    return Host(
        name,
        str(found.get("ansible_host", name)),
        int(found["ansible_port"]) if "ansible_port" in found else None,
        str(found.get("ansible_user", "")),
        str(found.get("ansible_ssh_private_key_file", "")),
        tuple(words),
        str(found.get("ansible_become", "")).lower() in _TRUE,
        str(found.get("ansible_python_interpreter", "python3")),
    )


def _words(found: Mapping[str, Any], key: str) -> list[str]:
    return shlex.split(str(found.get(key, "")))


def _beside(file: Path, topology: str) -> str:
    """A file is meant relative to the inventory; a shipped name is none."""
    path = file.parent / topology
    return str(path) if path.is_file() else topology


def _hint(name: str, world: World) -> str:
    near = nearest(name, world.machines)
    return f", did you mean {near!r}?" if near else ""


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason was given"])[-1]
