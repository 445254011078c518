"""A lab: a world that runs. It is composed here of its parts, and lives in a capsule.

underlay   machines, switches, cables, addresses, default routes
sandboxes  namespaces of containers and pods, not yet wired; Docker engines, ready
converge   the playbooks
start      wire the sandboxes to the bridges the playbooks made, start programs; run the engines' containers
check      ask the kernel every row of the matrix
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from . import feature, sandbox, state
from .addressing import lay_out
from .carrying import wait_carrying
from .catalogue import catalogue
from .container_life import Lives
from .converge import Convergence, Progress, Standby, converge
from .dockerd import Engines
from .errors import CniError
from .held_ports import HeldPorts
from .kubelet import Kubelet, raise_any
from .listening import wait_listening
from .model import Address, Topology
from .netlink import Netlink, NetlinkError, unlink
from .podnet import kind_of
from .row import Observation, Row
from .sight import explain
from .spawner import Spawner, end
from .starting import Starter, meant_to_run
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
    """One running world, inside its capsule. `pids` maps every place's name to its first process.

    With a `key` vethlab's own servers prove themselves by it (vethlab.workload).
    """

    name: str
    topology: Topology
    world: World
    listen: PhaseListener
    pids: dict[str, int] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    stage: state.Stage = "starting"
    playbooks: Path | None = None
    key: str = ""
    lives: Lives = field(default_factory=Lives)
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
        self.lives.clear()
        self._underlay.end()
        self.pids.clear()
        self.ports.forget()
        self.world = lay_out(self.topology)
        self.up()

    def _task_done(self, done: Progress) -> None:
        self.listen("converge", None, f"{done.node}: {done.role}: {done.task}")

    def _lay_underlay(self) -> None:
        network = self.world.pod_network
        if network:
            feature.refuse_missing(kind_of(network).needs, network.type)
        for name, driver in {n.name: n.driver for m in self.world.machines.values() for n in m.networks}.items():
            feature.refuse_missing({driver} & {"macvlan", "ipvlan"}, f"network {name!r}")
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
        """Those that use another's network after the rest."""
        for joining in (False, True):
            self.make([s for s in self._own_sandboxes() if bool(s.joins) == joining])
        if self._engines:
            # Before the playbooks: an engine that finds forwarding on already leaves FORWARD's policy at ACCEPT.
            self._engines.prepare()

    def _own_sandboxes(self) -> list[Sandbox]:
        """Those we make; an engine makes its containers itself."""
        return [s for s in self.world.sandboxes.values() if s.kind == "pod" or not self._engines]

    def make(self, sandboxes: Iterable[Sandbox]) -> None:
        """Namespaces and a first process for each; not yet wired."""
        sandboxes = list(sandboxes)
        self.lives.enter(each.name for each in sandboxes if each.kind == "container")
        asked = {s.name: sandbox.request(s, self.pids[s.node], self.pids.get(s.joins or "")) for s in sandboxes}
        self.pids |= dict(zip(asked, self._spawner.ask(asked.values()), strict=True))
        for each in sandboxes:
            if each.mode in ("own", "none"):
                sandbox.loopback(self.pids[each.name])
        inside = [request for s in sandboxes for request in sandbox.containers(s, self.pids[s.name])]
        self.pids |= dict(zip((r["name"] for r in inside), self._spawner.ask(inside), strict=True))

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
        own = self._own_sandboxes()
        errors = self._wire(own)
        self._run_containers()
        for each in own:
            self.write_resolv_conf(each)
        self.ports.hold(self.world, own)
        self._start_programs(self.pids)
        wait_carrying({"the switches": None, **self._machine_pids()})
        raise_any(errors)

    def _by_plugins(self, each: Sandbox) -> bool:
        return each.kind == "pod" and self.world.cni is not None

    def _wire(self, sandboxes: Iterable[Sandbox]) -> tuple[CniError, ...]:
        """The errors of the pods whose plugins failed, which are on no network; the others go on."""
        sandboxes = list(sandboxes)
        for node in dict.fromkeys(s.node for s in sandboxes):
            with closing(Netlink(self.pids[node])) as link:
                for each in (s for s in sandboxes if s.node == node and not self._by_plugins(s)):
                    self._attach(each, link)
            switched = [s for s in sandboxes if s.node == node and s.wiring == "switch"]
            sandbox.plug_into_switch(switched, self.pids, self.pids[node])
        attached = self.kubelet.attach(s for s in sandboxes if self._by_plugins(s))
        self.adopt(*attached.pods)
        return attached.errors

    @cached_property
    def ports(self) -> HeldPorts:
        """The ports that hosts hold open for their containers."""
        return HeldPorts(self._spawner, self.pids)

    @cached_property
    def kubelet(self) -> Kubelet:
        """Runs the CNI plugins of the nodes."""
        return Kubelet(self.world.cni, self.pids)

    def adopt(self, *pods: Sandbox) -> None:
        """From now on these pods are as they came to be, and know themselves by their addresses."""
        self.world = replace(self.world, sandboxes=self.world.sandboxes | {pod.name: pod for pod in pods})
        for pod in pods:
            sandbox.write_hosts(pod, self.pids[pod.name])

    def end(self, name: str) -> None:
        """A sandbox that the world knows no more, with its first process and so everything in it."""
        each = self.world.sandboxes[name]
        left = {key: other for key, other in self.world.sandboxes.items() if key != name}
        self.world = replace(self.world, sandboxes=left)
        with suppress(ProcessLookupError):
            end(self.pids.pop(name))
        files = f"/proc/{self.pids[each.node]}/root/var/lib/vethlab/sandboxes/{name}"
        shutil.rmtree(files, ignore_errors=True)

    def recreate(self, name: str) -> None:
        """End a sandbox with all that is in it, and make it anew, as an orchestrator would. Raises LabError."""
        each = self.world.sandboxes[name]
        self.lives.unwatch([name])
        self._unplug(each)
        end(self.pids.pop(name))
        self.make([each])
        self._begin([each], each.node, ())

    def restart(self, name: str) -> None:
        """A machine loses its power, with all that is on it, and boots; the playbooks do what is not on its disk.

        What was on it is made anew, as a kubelet does that finds its pods dead. Raises LabError, ConvergeError.
        """
        own = [each for each in self._own_sandboxes() if each.node == name]
        self.lives.unwatch(each.name for each in own)
        self._underlay.restart(name)
        self.pids[name] = self._underlay.pids[name]
        for each in own:
            del self.pids[each.name]
            if self._by_plugins(each):  # its lease and its ports are still written down
                self.kubelet.delete(name, each.name)
        for joining in (False, True):
            self.make([each for each in own if bool(each.joins) == joining])
        self.converge()
        self.ports.forget(*(each.name for each in own))
        self.ports.hold(self.world, own)
        self._begin(own, name, [name])

    def _begin(self, sandboxes: Sequence[Sandbox], node: str, others: Iterable[str]) -> None:
        """Wire sandboxes of a node that were made just now, and start what runs in them and in `others`."""
        errors = self._wire(sandboxes)
        for each in sandboxes:
            self.write_resolv_conf(each)
        inside = {f"{each.name}/{container}" for each in sandboxes for container, _ in each.containers}
        self._start_programs({*(each.name for each in sandboxes), *inside, *others})
        wait_carrying({node: self.pids[node]})
        self.tell()
        raise_any(errors)

    def _unplug(self, each: Sandbox) -> None:
        """Left to itself the kernel takes its time about it. Somebody inside may have been quicker than we are."""
        if self._by_plugins(each):
            self.kubelet.delete(each.node, each.name)
            return
        if each.wiring == "switch":
            sandbox.unplug_from_switch(each, self.pids[each.node])
        with closing(Netlink(self.pids[each.node])) as link:
            for nic in each.nics if not each.joins else ():  # what it joins keeps its interfaces
                with suppress(NetlinkError):
                    link.do(unlink(nic.veth))

    def _attach(self, each: Sandbox, link: Netlink) -> None:
        pid = self.pids[each.name]
        if each.wiring == "routed":
            sandbox.route_to(each, link, pid, self.pids[each.node], self._own_source(each.node))
        else:
            sandbox.attach(each, link, pid)

    def _own_source(self, node: str) -> Address | None:
        """A host whose kernel has IP in IP had tunl0, and so its address, before its cables; life has it after them."""
        ours = self.world.pod_network and kind_of(self.world.pod_network).device.get(4) == "tunl0"
        return self.world.machines[node].addresses[0] if ours else None

    def write_resolv_conf(self, each: Sandbox) -> None:
        """Out of its node's, as it is now."""
        sandbox.write_resolv_conf(each, self.pids[each.name], self.pids[each.node])

    def _run_containers(self) -> None:
        """On the engines: the images they are of say what they run."""
        if not self._engines:
            return
        found, world = self._engines.run()
        self._take_over(world)
        self.pids |= found
        for name in found:
            wait_listening(name, self.pids[name], catalogue()[self.world.sandboxes[name].image].ports)

    def _take_over(self, world: World) -> None:
        """What the engines know of machines and containers; pods are not theirs."""
        pods = {name: each for name, each in self.world.sandboxes.items() if each.kind == "pod"}
        containers = {name: each for name, each in world.sandboxes.items() if each.kind == "container"}
        self.world = replace(world, sandboxes=containers | pods)

    def _look_again(self) -> None:
        """Containers of an engine may have been restarted by whoever is in the lab."""
        if self._engines and self.stage == "up":
            found, world = self._engines.look()
            self._take_over(world)
            if any(self.pids[name] != pid for name, pid in found.items()):
                self.pids |= found
                self.tell()

    def _start_programs(self, places: Container[str]) -> None:
        wanted = [(name, image) for name, image in meant_to_run(self.world, self._own_sandboxes()) if name in places]
        self.starter.images((name, image) for name, image in wanted if name not in self.lives.runs)
        self.starter.containers(self.world.sandboxes[name] for name, _ in wanted if name in self.lives.runs)

    @cached_property
    def starter(self) -> Starter:
        """Starts programs in places."""
        return Starter(self._spawner, self.pids, self.lives, self.key)

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
