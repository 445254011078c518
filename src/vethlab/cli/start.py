"""Starting a lab, as `run` and `up` both do it: load, lay out, make the capsule, follow the phases."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..addressing import lay_out
from ..assets import asset
from ..capsule import Capsule, Registered, start
from ..catalogue import catalogue
from ..dockerd import PROGRAMS, choose
from ..errors import InputError, MachineError
from ..model import Engine, EngineVersion, Topology
from ..programs import search_path
from ..world import World
from .progress import Progress
from .verb import SIZE

__all__ = ["Started", "leave", "start_lab"]

#: What a type of pod network runs on its hosts, with the Debian packages.
_POD_NETWORK_PROGRAMS = {
    "calico-bgp": (("bird", "bird2"),),
    "geneve": (("ovsdb-server", "openvswitch-switch"), ("ovs-vswitchd", "openvswitch-switch")),
    "flannel-wireguard": (("wg", "wireguard-tools"),),
}


@dataclass
class Started:
    """A lab whose daemon answers; `phases` maps each phase to its seconds."""

    topology: Topology
    world: World
    capsule: Capsule
    phases: dict[str, float] = field(default_factory=dict)

    @property
    def registered(self) -> Registered:
        """The lab as anybody else would find it by its name."""
        return Registered(self.capsule.name, self.capsule.pid)


def start_lab(
    topology: Topology,
    name: str,
    progress: Progress,
    *,
    owned: bool,
    keep: bool = False,
    until: str = "start",
    lifeline: int | None = None,
    playbooks: Path | None = None,
    size: str = SIZE,
    engine: Engine | None = None,
    version: EngineVersion | None = None,
    key: str = "",
) -> Started:
    """From a topology to a lab that is up, or `until` a phase. On failure nothing is left, unless `keep`.

    Until it is up the lab ends with this process; from then on too if `owned`. With `lifeline` it ends with that, both
    times. `playbooks` are other than the shipped ones; `size` bounds the lab's files; `engine` and `version` go before
    what the topology says of its Docker; `key` is what its servers prove themselves by. Raises VethlabError.
    """
    began = time.perf_counter()
    choice = choose(topology, engine, version)
    progress.say(choice.said)
    topology, world = choice.topology, lay_out(choice.topology, choice.version)
    refuse_missing_programs(world)
    where = _playbooks(playbooks)

    def daemon(send):  # type: ignore[no-untyped-def]
        from ..daemon import run

        return run(name, topology, world, send, keep, until, where, key)

    capsule = start(
        name, daemon, assets=[where, *own_plugins(world)], owned=lifeline is None, lifeline=lifeline, size=size
    )
    started = Started(topology, world, capsule, {"capsule": time.perf_counter() - began})
    progress.done("capsule", started.phases["capsule"])
    try:
        _follow(started, progress)
    except Exception:
        leave(capsule, keep)
        raise
    except BaseException:
        capsule.end()
        raise
    if not owned:
        capsule.keep()
    return started


def own_plugins(world: World) -> list[Path]:
    """The CNI plugin that is a file of the user's own, to be seen in the capsule."""
    return [Path(world.cni.file)] if world.cni and world.cni.file else []


def leave(capsule: Capsule, keep: bool) -> None:
    """Something has failed: end the lab, or with `keep` leave it up and say how to look at it."""
    if not (keep and capsule.keep()):
        return capsule.end()
    name = capsule.name
    print(f"kept: vethlab inspect {name}; vethlab shell {name} NODE; end it with vethlab down {name}", file=sys.stderr)


def _playbooks(given: Path | None) -> Path:
    where = (given or asset("playbooks")).resolve()
    if not (where / "site.yml").is_file():
        raise InputError.of(f"{where} has no site.yml: --playbooks wants a directory like vethlab's own")
    return where


def _follow(started: Started, progress: Progress) -> None:
    while "up" not in (message := started.capsule.message()):
        phase, seconds = message["phase"], message["seconds"]
        if seconds is None:
            progress.begin(phase, message["step"])
        else:
            started.phases[phase] = seconds
            progress.done(phase, seconds)


def refuse_missing_programs(world: World) -> None:
    """Raises MachineError when a program is not on this machine; nothing has been made yet."""
    for user, program, package, remedy in _programs(world):
        if not shutil.which(program, path=search_path()):
            raise MachineError(
                f"{user} needs the program {program}, which is not on this machine",
                f"sudo apt-get install {package}{remedy}",
            )


def _programs(world: World) -> Iterator[tuple[str, str, str, str]]:
    """(who needs it, program, its Debian package, what else would do)"""
    yield "every machine", "mnexec", "mininet", ""
    yield "every machine", "unshare", "util-linux", ""
    if world.engine == "dockerd":
        for program, package in PROGRAMS.items():
            yield "docker: {engine: dockerd}", program, package, "   or take --engine emulated"
    if world.sandboxes or any(m.role == "router" for m in world.machines.values()):
        yield "NAT", "iptables-restore", "iptables", ""
    if world.cni:
        yield "CNI", "/usr/lib/cni/host-local", "containernetworking-plugins", "   or say `cni: in-process`"
    if world.dns:
        yield "name service", "dnsmasq", "dnsmasq-base", "   or take `dns` out of the topology"
    for program, package in _POD_NETWORK_PROGRAMS.get(world.pod_network.type if world.pod_network else "", ()):
        yield "the pod network", program, package, "   or choose another pod_network"
    images = catalogue()
    wanted = {i for s in world.sandboxes.values() for i in s.images} | {
        r for m in world.machines.values() for r in m.runs
    }
    for image in (images[name] for name in sorted(wanted)):
        if image.program:
            yield f"image {image.name!r}", image.program, str(image.package), "   or choose another image"
