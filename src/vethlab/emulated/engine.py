"""A host of the emulated engine, with its world before and after a command; and what a command comes to."""

from __future__ import annotations

import ipaddress
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..container_life import Again, Idle, Run
from ..docker_inventory import container_id
from ..lab import Lab
from ..model import Address
from ..world import Sandbox, World
from .amend import find_network
from .documents import Standing, network_document
from .effects import Host
from .refusal import Refusal, no_such_container

__all__ = ["Answer", "Engine", "addresses"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the command prints and ends with. `place` and `argv`: the caller runs that there, its terminal attached.

    `then` is a docker command to run after that, with the exit status of the other as its last word.
    """

    stdout: str = ""
    stderr: str = ""
    status: int = 0
    place: str | None = None
    argv: tuple[str, ...] = ()
    then: tuple[str, ...] = ()


class Engine:
    """A host with its world, before and after."""

    def __init__(self, lab: Lab, node: str) -> None:
        self.lab, self.node = lab, node

    @property
    def world(self) -> World:
        """The lab's world: inside `changing` the one after, until that fails."""
        return self.lab.world

    def containers(self) -> list[Sandbox]:
        """The containers on the host, in the world's order."""
        return [s for s in self.world.on(self.node) if s.kind == "container"]

    def idle(self) -> dict[str, Idle]:
        """The containers that do not run, by name."""
        return {name: e for name, e in self.lab.lives.idle.items() if e.sandbox.node == self.node}

    def known(self, name: str) -> Sandbox:
        """A container, running or not, by name or by the beginning of its id. Raises Refusal."""
        there = [*self.containers(), *(e.sandbox for e in self.idle().values())]
        named = [s for s in there if s.name == name.removeprefix("/")]
        matching = [s for s in there if len(name) >= 2 and container_id(s).startswith(name)]
        if not named and len(matching) != 1:
            raise no_such_container(name)
        return (named or matching)[0]

    def container(self, name: str) -> Sandbox:
        """One that runs. Raises Refusal."""
        found = self.known(name)
        if found.name in self.idle():
            raise Refusal.daemon(f"container {container_id(found)} is not running")
        return found

    def ids(self) -> dict[str, str]:
        """The ids of all containers, running or not, by name."""
        return {s.name: container_id(s) for s in [*self.containers(), *(e.sandbox for e in self.idle().values())]}

    def made(self, sandbox: Sandbox) -> float:
        """When, in seconds since 1970: its first process tells; now, where somebody has killed that."""
        try:
            return Path(f"/proc/{self.lab.pids[sandbox.name]}").stat().st_ctime
        except FileNotFoundError:
            return time.time()

    def standing(self, each: Sandbox) -> Standing:
        """What `docker inspect` and `docker ps` say of its life."""
        run = self.lab.lives.runs.get(each.name, Run())
        again, idle = self.lab.lives.again.get(each.name, Again()), self.idle().get(each.name)
        if idle:
            ended = Standing(run, idle.started, idle.finished, idle.status, error=idle.error)
            return replace(ended, restarts=again.count, waits=again.at is not None)
        pid = _pid_on_host(self.lab.pids[each.name])
        return Standing(run, self.made(each), pid=pid, restarts=again.count)

    def forget(self, *gone: Sandbox) -> None:
        """Nothing is left of containers that do not run. Raises LabError."""
        with self.changing(self.world) as host:
            host.forget(*gone)
        for each in gone:
            self.lab.lives.forget(each.name)

    def plan(self, sandbox: Sandbox) -> None:
        """A container that does not run is to be another one than before when it starts."""
        lives = self.lab.lives
        lives.idle[sandbox.name] = replace(lives.idle[sandbox.name], sandbox=sandbox)

    def network(self, name: str) -> dict[str, Any]:
        """`docker network inspect` of one. Raises Refusal."""
        found = find_network(self.world, self.node, name)
        return network_document(self.world, self.node, found, Path("/proc/1").stat().st_ctime)

    @contextmanager
    def changing(self, world: World) -> Iterator[Host]:
        """Make the host what the world becomes. What fails half way leaves the world as it was, and its rules."""
        before, self.lab.world = self.lab.world, world
        try:
            yield Host(self.lab, self.node)
        except Exception:
            self.lab.world = before
            with suppress(Exception):
                Host(self.lab, self.node).bring_rules_up_to_date()
            raise
        self.lab.tell()


def _pid_on_host(pid: int) -> int:
    """What its host calls a container's first process: every PID namespace has a number for it (proc_pid_status(5)).

    0 where it is gone: anybody on the host may kill it.
    """
    try:
        (line,) = (t for t in Path(f"/proc/{pid}/status").read_text().splitlines() if t.startswith("NSpid:"))
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(line.split()[-2])


def addresses(asked: Namespace) -> tuple[Address, ...]:
    """What `--ip` and `--ip6` say. Raises Refusal."""
    try:
        return tuple(ipaddress.ip_address(a) for a in (asked.ip, asked.ip6) if a)
    except ValueError:
        raise Refusal(f'invalid argument "{asked.ip or asked.ip6}" for "--ip" flag: invalid IP address', 125) from None
