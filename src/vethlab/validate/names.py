"""Names: one space for nodes, containers and pods, and the lengths the kernel allows."""

from __future__ import annotations

from collections.abc import Iterator

from ..finding import Finding, Path
from ..model import Topology
from ..selector import GROUPS
from .roster import Endpoint, roster

__all__ = ["check"]

#: IFNAMSIZ less its closing zero: a switch is a bridge, and a bridge is an interface (linux/if.h).
_INTERFACE_NAME = 15
_HOST_NAME = 32
_MACHINES = 250
_HOSTS = 99
#: Names an interface cannot have, because the kernel gives them a meaning.
_KERNEL_NAMES = ("all", "default", "lo")


def check(topology: Topology) -> Iterator[Finding]:
    """Switches, then endpoints, then the numbers that names and MACs follow from."""
    yield from _switches(topology)
    yield from _taken(roster(topology))
    yield from _endpoints(roster(topology))
    yield from _ordinals(topology)
    yield from _numbers(roster(topology))


def _switches(topology: Topology) -> Iterator[Finding]:
    for name in topology.switches:
        if len(name) > _INTERFACE_NAME:
            message = f"switch {name!r} is too long: it names a bridge, and an interface has at most 15 characters"
            yield Finding(("switches", name), message, at_key=True)
        if name in _KERNEL_NAMES:
            yield Finding(("switches", name), f"{name!r} means something to the kernel: no switch can have it", True)


def _taken(everyone: tuple[Endpoint, ...]) -> Iterator[Finding]:
    first: dict[str, Path] = {}
    for endpoint in everyone:
        if endpoint.name in first:
            above, name = first[endpoint.name]
            owner = f"{str(above)[:-1]} {name!r}"
            yield Finding(endpoint.path, f"the name {endpoint.name!r} is already taken by {owner}", at_key=True)
        first.setdefault(endpoint.name, endpoint.path)


def _endpoints(everyone: tuple[Endpoint, ...]) -> Iterator[Finding]:
    for endpoint in everyone:
        if endpoint.name in GROUPS or endpoint.name == "localhost":
            what = "a group of endpoints" if endpoint.name in GROUPS else "every machine itself"
            yield Finding(endpoint.path, f"{endpoint.name!r} means {what}: nothing can be named so", at_key=True)
    for path, name in {e.path: e.name for e in everyone if len(e.name) > _HOST_NAME}.items():
        yield Finding(path, f"{name!r} is too long: a name has at most 32 characters, its number included", at_key=True)


def _ordinals(topology: Topology) -> Iterator[Finding]:
    first: dict[int, str] = {}
    for name, node in topology.nodes.items():
        path: Path = ("nodes", name, "ordinal")
        if node.ordinal is None:
            continue
        if node.role != "host":
            yield Finding(path, f"only a host has an ordinal, and {name!r} has the role {node.role}")
        elif node.count is not None:
            yield Finding(path, "an ordinal is for one node: with `count`, hosts are numbered in the order of the file")
        elif node.ordinal in first:
            yield Finding(path, f"ordinal {node.ordinal} is already that of node {first[node.ordinal]!r}")
        else:
            first[node.ordinal] = name


def _numbers(everyone: tuple[Endpoint, ...]) -> Iterator[Finding]:
    machines = sum(e.name == e.node for e in everyone)
    if machines > _MACHINES:
        yield Finding(
            ("nodes",), f"{machines} nodes are too many: there are MAC addresses for {_MACHINES}", at_key=True
        )
    hosts = sum(e.kind == "host" for e in everyone)
    if hosts > _HOSTS:
        yield Finding(("nodes",), f"{hosts} hosts are too many: ordinals end at {_HOSTS}", at_key=True)
