"""A lab: a world that runs. It is composed here of its parts, and lives in a capsule.

underlay   machines, switches, cables, addresses, default routes
sandboxes  namespaces of containers and pods, not yet wired; Docker engines, ready
converge   the playbooks
start      wire the sandboxes to the bridges the playbooks made, start programs; run the engines' containers
check      ask the kernel every row of the matrix
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import feature, sandbox, state
from .carrying import wait_carrying
from .catalogue import Image, catalogue
from .converge import Convergence, Progress, Standby, converge
from .dockerd import Engines
from .listening import wait_listening
from .model import Topology
from .netlink import Netlink, NetlinkError
from .podnet import kind_of
from .row import Observation, Row
from .sight import explain
from .spawner import Spawner
from .state import LabState
from .underlay import Underlay
from .world import Sandbox, World

__all__ = ["PHASES", "Lab", "PhaseListener"]

#: Told of a phase's beginning (seconds None) and of its end, and in between, in words, of a step of it.
PhaseListener = Callable[[str, float | None, str], None]
#: The phases of coming up, in order; a lab may be left after any of them.
PHASES = ("capsule", "underlay", "sandboxes", "converge", "start")
_WORK = Path("/run/vethlab/converge")


@dataclass
class Lab:
    """One running world, inside its capsule. `pids` maps every place's name to its first process."""

    name: str
    topology: Topology
    world: World
    listen: PhaseListener
    pids: dict[str, int] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    stage: state.Stage = "starting"
    playbooks: Path | None = None
    _standby: Standby | None = None
    _engines: Engines | None = None

    @cached_property
    def _spawner(self) -> Spawner:
        return Spawner()

    def up(self, until: str = PHASES[-1]) -> None:
        """From nothing to a running world, or only as far as a phase. Raises LabError, ConvergeError, MachineError."""
        self.tell("starting")
        if self._standby is None and PHASES.index(until) >= PHASES.index("converge"):
            # It starts up while the machines are made.
            self._standby = Standby(_WORK, self.playbooks)
        steps = (self._lay_underlay, self._make_sandboxes, self._first_converge, self.start)
        for phase, step in zip(PHASES[1:], steps, strict=True):
            if PHASES.index(phase) <= PHASES.index(until):
                with self._phase(phase):
                    step()
        self.tell("up")

    def reset(self) -> None:
        """Every machine is destroyed with all that is in it, and made anew. Raises as `up` does."""
        self._underlay.end()
        self.pids.clear()
        self.up()

    def _task_done(self, done: Progress) -> None:
        self.listen("converge", None, f"{done.node}: {done.role}: {done.task}")

    def _lay_underlay(self) -> None:
        network = self.world.pod_network
        if network:
            feature.refuse_missing(kind_of(network).needs, network.type)
        self._underlay = Underlay(self.world, self._spawner)
        self.pids |= self._underlay.pids
        if self.world.engine == "dockerd":
            self._engines = Engines(self.world, self._spawner, self._machine_pids())
        self.tell()

    def _first_converge(self) -> None:
        self.tell("converging")
        self.converge(progress=self._task_done)

    def give_up(self, message: str) -> None:
        """It will not come up; what there is stays, to be looked at."""
        self.tell("broken", message)

    def _machine_pids(self) -> dict[str, int]:
        return {name: self.pids[name] for name in self.world.machines}

    def _make_sandboxes(self) -> None:
        sandboxes = self._own_sandboxes()
        made = self._spawner.ask(sandbox.request(s, self.pids[s.node]) for s in sandboxes)
        self.pids |= dict(zip((s.name for s in sandboxes), made, strict=True))
        if self._engines:
            # Before the playbooks: an engine that finds forwarding on already leaves FORWARD's policy at ACCEPT.
            self._engines.prepare()

    def _own_sandboxes(self) -> list[Sandbox]:
        """Those we make; an engine makes its containers itself."""
        return [s for s in self.world.sandboxes.values() if s.kind == "pod" or not self._engines]

    def converge(
        self,
        *,
        check: bool = False,
        diff: bool = False,
        without: Collection[str] = (),
        progress: Callable[[Progress], None] | None = None,
    ) -> Convergence:
        """Run the playbooks, as if the nodes `without` had left: nobody knows them, and they are left alone.

        Raises ConvergeError, and KeyError for a node that was never there.
        """
        world = self.world.without(without) if without else self.world
        return converge(
            world,
            {name: self.pids[name] for name in world.machines},
            work=_WORK,
            check=check,
            diff=diff,
            playbooks=self.playbooks,
            standby=self._standby,
            on_progress=progress,
        )

    def start(self) -> None:
        """Wire the sandboxes, hand them their node's resolv.conf, start every program and wait until it listens."""
        for machine in self.world.hosts():
            link = Netlink(self.pids[machine.name])
            try:
                for each in (s for s in self._own_sandboxes() if s.node == machine.name):
                    self._attach(each, link)
            finally:
                link.close()
            switched = [s for s in self.world.on(machine.name) if s.wiring == "switch"]
            sandbox.plug_into_switch(switched, self.pids, self.pids[machine.name])
        self._run_containers()
        self._start_programs()
        wait_carrying({"the switches": None, **self._machine_pids()})

    def _attach(self, each: Sandbox, link: Netlink) -> None:
        pid = self.pids[each.name]
        if each.wiring == "routed":
            sandbox.route_to(each, link, pid, self.pids[each.node])
        else:
            master = None if each.wiring == "switch" else _master(link, each.bridge)
            sandbox.attach(each, link, pid, master)
        resolv = Path("etc/resolv.conf")
        node = Path(f"/proc/{self.pids[each.node]}/root") / resolv
        (Path(f"/proc/{pid}/root") / resolv).write_bytes(node.read_bytes())

    def _run_containers(self) -> None:
        """On the engines: the images they are of say what they run."""
        if not self._engines:
            return
        found, self.world = self._engines.run()
        self.pids |= found
        for name in found:
            wait_listening(name, self.pids[name], catalogue()[self.world.sandboxes[name].image].ports)

    def _look_again(self) -> None:
        """Containers of an engine may have been restarted by whoever is in the lab."""
        if self._engines and self.stage == "up":
            found, self.world = self._engines.look()
            if any(self.pids[name] != pid for name, pid in found.items()):
                self.pids |= found
                self.tell()

    def _start_programs(self) -> None:
        images = catalogue()
        wanted = [(s.name, images[s.image]) for s in self._own_sandboxes()]
        wanted += [(m.name, images[name]) for m in self.world.machines.values() for name in m.runs]
        running = [(name, image) for name, image in wanted if image.workload != "pause"]
        self._spawner.ask(_program(name, image, self.pids[name]) for name, image in running)
        for name, image in running:
            if image.program:
                wait_listening(name, self.pids[name], image.ports)

    def check(self, rows: tuple[Row, ...]) -> list[Observation]:
        """Ask every row, and find out for those that failed where the packet died."""
        started = time.perf_counter()
        self._look_again()
        observations = explain(self.world, rows, self.pids)
        self.phases["check"] = time.perf_counter() - started
        return observations

    def tell(self, stage: state.Stage | None = None, message: str = "") -> None:
        """Write down for whoever looks from outside how far the lab is."""
        self.stage = stage or self.stage
        places = state.describe(self.world, self.pids)
        engine = self.world.engine if self.topology.docker else ""
        about = (self.name, self.topology.name, self.topology.title, self.stage)
        state.write(LabState(*about, places, self.phases, message, engine))

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        self.listen(name, None, "")
        started = time.perf_counter()
        yield
        self.phases[name] = time.perf_counter() - started
        self.listen(name, self.phases[name], "")


def _master(link: Netlink, bridge: str) -> int | None:
    try:
        return link.index(bridge)
    except NetlinkError:
        return None  # the playbooks have not made the bridge, and it is not ours to repair


def _program(name: str, image: Image, pid: int) -> Mapping[str, object]:
    request = {"job": "program", "name": name, "pid": pid}
    if image.program:
        return request | {"argv": [image.program, *image.argv]}
    return request | {"ports": image.ports}
