"""The rules of a host, from the template that the playbook uses, at once: what dockerd does after every command.

A converge afterwards finds nothing to change.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import yaml

from ..assets import asset
from ..docker_inventory import docker_vars
from ..errors import LabError
from ..world import World

__all__ = ["apply_rules"]

_PLUGINS = "collections/ansible_collections/vethlab/net/plugins"


def apply_rules(world: World, node: str, pid: int, playbooks: Path | None = None) -> None:
    """Bring the chains of a host, whose first process is `pid`, to what its networks and containers ask for.

    Raises LabError in the words of iptables.
    """
    books = playbooks or asset("playbooks")
    ruleset, family = (_load(books / _PLUGINS / name) for name in ("module_utils/ruleset.py", "filter/family.py"))
    docker = docker_vars(world, world.machines[node])
    template = _environment(family).from_string((books / "roles/docker/templates/rules.j2").read_text())
    owns = _owns(books, family, docker)
    for version in family.families(s for n in docker["networks"] for s in n["subnets"]):
        program = "iptables" if version == 4 else "ip6tables"
        now = ruleset.parse_saved(_inside(pid, f"{program}-save"))
        declared = ruleset.parse_declared(template.render(docker=docker, family=version))
        script = ruleset.commands(now, ruleset.settle(now, declared, owns))
        if script:
            _inside(pid, f"{program}-restore", "--noflush", "--wait", "5", stdin=script)


@cache
def _load(file: Path) -> ModuleType:
    """A plugin of the collection, which is no package of ours."""
    spec = importlib.util.spec_from_file_location(f"vethlab_net_{file.stem}", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


def _environment(family: ModuleType) -> jinja2.Environment:
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined, autoescape=False)
    environment.filters |= {f"vethlab.net.{name}": f for name, f in family.FilterModule().filters().items()}
    environment.filters["combine"] = lambda one, other: one | other
    return environment


def _owns(books: Path, family: ModuleType, docker: dict[str, Any]) -> list[str]:
    """Which rules in other people's chains are ours, as the role says it."""
    tasks = yaml.safe_load((books / "roles/docker/tasks/main.yml").read_text())
    chains = next(t["vethlab.net.iptables"] for t in tasks if "vethlab.net.iptables" in t)
    return [_environment(family).from_string(text).render(docker=docker) for text in chains["owns"]]


def _inside(pid: int, *argv: str, stdin: str = "") -> str:
    command = ["nsenter", f"--net=/proc/{pid}/ns/net", *argv]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(argv)}: {done.stderr.strip()}")
    return done.stdout
