"""The engines of a lab: one a host, begun together, and the containers on them.

    start      the daemons, while nothing waits for them
    prepare    images, networks, a swarm where there is an overlay
    run        containers; their processes, and the world with the names the engines gave

Each step is taken on all hosts at once. A host's own steps are in order, because its engine gives addresses in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from ..catalogue import Image, catalogue
from ..errors import LabError
from ..spawner import Spawner
from ..world import Machine, Sandbox, World
from . import image
from .actual import as_made, first_processes, outside_pid
from .daemon import Daemon, request
from .engine import Engine

__all__ = ["Engines"]

E = TypeVar("E")
T = TypeVar("T")


class Engines:
    """`pids` maps every machine to its first process."""

    def __init__(self, world: World, spawner: Spawner, pids: Mapping[str, int]) -> None:
        """Start the daemons; nothing is waited for. Raises MachineError where a program is missing."""
        self._world, self._pids = world, pids
        self._hosts = [m for m in world.hosts() if m.docker0]
        processes = spawner.ask(request(m, pids[m.name]) for m in self._hosts)
        self._daemons = [Daemon(m.name, pids[m.name], p) for m, p in zip(self._hosts, processes, strict=True)]
        self._engines: list[Engine] = []

    def prepare(self) -> None:
        """Until every engine answers, has its images and its networks. Raises LabError in an engine's words."""
        with ThreadPoolExecutor(1) as aside:
            images = aside.submit(image.archive, self._images())
            self._engines = self._everywhere(lambda daemon: Engine.of(self._machine(daemon), daemon), self._daemons)
            archive = images.result()
        self._everywhere(lambda engine: engine.load(archive), self._engines)
        self._everywhere(lambda engine: engine.create_networks(shared=False), self._engines)
        if any(n.driver == "overlay" for m in self._hosts for n in m.networks):
            self._swarm()

    def _images(self) -> list[Image]:
        """Of the whole catalogue what this machine has; of what the containers run, all."""
        return [i for i in catalogue().values() if i.name in self._wanted() or not i.program or i.program == "busybox"]

    def _wanted(self) -> set[str]:
        return {s.image for s in self._world.sandboxes.values() if s.kind == "container"}

    def _swarm(self) -> None:
        leader, *others = self._engines
        token, address = leader.swarm_leader()
        self._everywhere(lambda engine: engine.join_swarm(token, address), others)
        leader.create_networks(shared=True)

    def run(self) -> tuple[dict[str, int], World]:
        """Start the containers; (their first processes by name, the world as it is now)."""
        self._everywhere(lambda engine: engine.run(self._local(engine.machine.name)), self._engines)
        by_node = {engine.machine.name: engine for engine in self._engines}
        for each in self._shared():
            by_node[each.node].run([each])
        self._everywhere(lambda engine: engine.run(self._joining(engine.machine.name)), self._engines)
        return self.look()

    def _shared(self) -> list[Sandbox]:
        """The containers on overlays: a swarm gives addresses in turn over all its nodes, so these go one by one."""
        return [s for s in self._world.sandboxes.values() if any(n.driver == "overlay" for n in s.nics) and not s.joins]

    def _joining(self, node: str) -> list[Sandbox]:
        """Those in the network of another."""
        return [s for s in self._containers(node) if s.joins]

    def _local(self, node: str) -> list[Sandbox]:
        shared = self._shared()
        return [s for s in self._containers(node) if not s.joins and s not in shared]

    def look(self) -> tuple[dict[str, int], World]:
        """Where the containers are now: a restart gives one another process and another end of its cable."""
        machines = dict(self._world.machines)
        pids: dict[str, int] = {}
        sandboxes = dict(self._world.sandboxes)
        firsts = first_processes()
        for engine in self._engines:
            node = engine.machine.name
            machines[node] = engine.as_it_is(self._world.machines[node])
            for each in self._containers(node):
                found = engine.inspect(each.name)
                pids[each.name] = _pid(each, found, self._pids[node], firsts)
                sandboxes[each.name] = as_made(each, machines[node], self._pids[node], pids[each.name])
        return pids, replace(self._world, machines=machines, sandboxes=sandboxes)

    def _containers(self, node: str) -> list[Sandbox]:
        return [s for s in self._world.on(node) if s.kind == "container"]

    def _machine(self, daemon: Daemon) -> Machine:
        return self._world.machines[daemon.node]

    def _everywhere(self, step: Callable[[E], T], where: Sequence[E]) -> list[T]:
        with ThreadPoolExecutor(max(len(where), 1)) as pool:
            return list(pool.map(step, where))


def _pid(sandbox: Sandbox, found: Mapping[str, Any], node_pid: int, firsts: Mapping[int, int]) -> int:
    state = found["State"]
    if not state["Running"]:
        reason = state.get("Error") or f"exit status {state['ExitCode']}"
        raise LabError(f"container {sandbox.name} has ended: {reason}; see docker logs {sandbox.name}")
    return outside_pid(node_pid, state["Pid"], firsts)
