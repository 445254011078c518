"""Starting a lab, as `run` and `up` both do it: load, lay out, make the capsule, follow the phases."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field

from ..addressing import lay_out
from ..assets import asset
from ..capsule import Capsule, Registered, start
from ..catalogue import catalogue
from ..errors import MachineError
from ..model import Topology
from ..world import World
from .progress import Progress

__all__ = ["Started", "start_lab"]


@dataclass
class Started:
    """A lab whose daemon answers; `phases` maps each phase to its seconds."""

    topology: Topology
    world: World
    capsule: Capsule
    phases: dict[str, float] = field(default_factory=dict)

    @property
    def registered(self) -> Registered:
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
) -> Started:
    """From a topology to a lab that is up, or `until` a phase. On failure nothing is left, unless `keep`.

    Raises VethlabError. For `owned` and `lifeline` see `capsule.start`.
    """
    began = time.perf_counter()
    world = lay_out(topology)
    refuse_missing_programs(world)

    def daemon(send):  # type: ignore[no-untyped-def]
        from ..daemon import run

        return run(name, topology, world, send, keep, until)

    capsule = start(name, daemon, assets=[asset("playbooks")], owned=owned, lifeline=lifeline)
    started = Started(topology, world, capsule, {"capsule": time.perf_counter() - began})
    progress.done("capsule", started.phases["capsule"])
    try:
        _follow(started, progress)
    except BaseException:
        if keep:
            capsule.keep()
        else:
            capsule.end()
        raise
    return started


def _follow(started: Started, progress: Progress) -> None:
    while "up" not in (message := started.capsule.message()):
        phase, seconds = message["phase"], message["seconds"]
        if seconds is None:
            progress.begin(phase)
        else:
            started.phases[phase] = seconds
            progress.done(phase, seconds)


def refuse_missing_programs(world: World) -> None:
    """Raises MachineError when an image's program is not on this machine; nothing has been made yet."""
    images = catalogue()
    wanted = {s.image for s in world.sandboxes.values()} | {r for m in world.machines.values() for r in m.runs}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    for name in sorted(wanted):
        image = images[name]
        if image.program and not shutil.which(image.program, path=path):
            raise MachineError(
                f"image {name!r} needs the program {image.program}, which is not on this machine",
                f"sudo apt-get install {image.package}   or choose another image",
            )
