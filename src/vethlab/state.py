"""What a running lab says of itself, in one file inside its capsule, read from outside without asking anybody.

`inspect`, `ls`, `exec` and `shell` need only this file, so they work while the lab daemon is busy. A reader sees the
old or the new whole file, never half of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from .world import PodPrefix, World

__all__ = ["FILE", "SOCKET", "LabState", "PlaceState", "describe", "read", "write"]

#: Inside the capsule.
FILE = Path("/run/vethlab/lab.json")
SOCKET = Path("/run/vethlab/control.sock")

Stage = Literal["starting", "converging", "up", "broken"]


@dataclass(frozen=True, slots=True)
class PlaceState:
    """A node (`kind` is its role) or a sandbox; `pid` is its first process as the capsule counts, None before it runs.

    `networks` names the switches or the bridge it is on; `interfaces` maps an interface to its addresses with prefix;
    `veth` is a sandbox's end on its node. `blocks` maps the blocks of addresses that a host has claimed for its pods to
    what it keeps of each for itself.
    """

    name: str
    kind: str
    node: str
    pid: int | None
    addresses: tuple[str, ...]
    networks: tuple[str, ...]
    interfaces: dict[str, tuple[str, ...]]
    image: str | None = None
    publish: tuple[str, ...] = ()
    veth: str = ""
    blocks: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabState:
    """`phases` maps a phase that has ended to its seconds; `message` says why a lab is broken.

    `engine` is the hosts' Docker: `emulated`, or `dockerd`; empty where they have none.
    """

    name: str
    topology: str
    title: str
    state: Stage
    places: dict[str, PlaceState]
    phases: dict[str, float] = field(default_factory=dict)
    message: str = ""
    engine: str = ""


def describe(world: World, pids: dict[str, int]) -> dict[str, PlaceState]:
    """The places of a world, with the processes that are there by now."""
    nodes = {
        m.name: PlaceState(
            name=m.name,
            kind=m.role,
            node=m.name,
            pid=pids.get(m.name),
            addresses=tuple(map(str, m.addresses)),
            networks=tuple(p.switch for p in m.ports),
            interfaces={p.name: tuple(map(str, p.addresses)) for p in m.ports}
            | {b.name: tuple(map(str, b.addresses)) for b in m.bridges},
            blocks=_blocks(m.pods) if m.pods and m.pods.wiring == "routed" else {},
        )
        for m in world.machines.values()
    }
    sandboxes = {
        s.name: PlaceState(
            name=s.name,
            kind=s.kind,
            node=s.node,
            pid=pids.get(s.name),
            addresses=tuple(str(a.ip) for a in s.addresses),
            networks=tuple(n.bridge or n.network for n in s.nics),
            interfaces={n.name: tuple(map(str, n.addresses)) for n in s.nics},
            image=s.image,
            publish=tuple(map(str, s.published)),
            veth=s.veth,
        )
        for s in world.sandboxes.values()
    }
    return nodes | sandboxes | dict(_contained(world, pids))


def _blocks(pods: PodPrefix) -> dict[str, tuple[str, ...]]:
    """The first address of the first block of a family is the host's own, whether or not there is a tunnel."""
    return {str(b): (str(b.network_address),) if b in pods.subnets else () for b in pods.blocks}


def _contained(world: World, pids: dict[str, int]) -> Iterator[tuple[str, PlaceState]]:
    """The containers of pods, by POD/CONTAINER: what is theirs alone is a process tree and a file system."""
    for pod in world.sandboxes.values():
        for container, image in pod.containers:
            name = f"{pod.name}/{container}"
            addresses = tuple(str(a.ip) for a in pod.addresses)
            yield name, PlaceState(name, "container", pod.node, pids.get(name), addresses, (pod.bridge,), {}, image)


def write(state: LabState, file: Path = FILE) -> None:
    """In place of the old file at once (rename(2))."""
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state)))
    draft.rename(file)


def read(root: Path) -> LabState | None:
    """The state of the capsule whose file system is `root`; None while there is none yet, or no more.

    What another version of vethlab, by which the lab may have been started, says beyond that is left out.
    """
    try:
        document: dict[str, Any] = json.loads((root / FILE.relative_to("/")).read_text())
    except (OSError, ValueError):
        return None
    places = {name: _place(place) for name, place in document.pop("places").items()}
    return LabState(places=places, **_known(LabState, document))


def _place(document: dict[str, Any]) -> PlaceState:
    parts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in document.items()}
    return PlaceState(**_known(PlaceState, parts))


def _known(kind: type[LabState] | type[PlaceState], document: dict[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in document.items() if name in names}
