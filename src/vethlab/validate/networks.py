"""docker0 and the pod network: prefixes that overlap with nothing; and docker0's, that they fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..finding import Finding, Path
from ..model import Docker, Subnet, Topology
from . import pods
from .room import room, workloads
from .underlay import IPV6_MTU, unusable

__all__ = ["check"]


def check(topology: Topology) -> Iterator[Finding]:
    """All prefixes against each other, then each network by itself."""
    yield from _overlaps(topology)
    if topology.docker:
        yield from _families(("docker", "subnets"), topology.docker.subnets, "docker0")
        yield from _docker(topology, topology.docker)
    if topology.pod_network:
        yield from _families(("pod_network", "cidrs"), topology.pod_network.cidrs, "the pod network")
        yield from pods.check(topology, topology.pod_network)


def _prefixes(topology: Topology) -> Iterator[tuple[Path, str, Subnet]]:
    for name, switch in topology.switches.items():
        for i, subnet in enumerate(switch.subnets):
            yield ("switches", name, "subnets", i), f"switch {name!r}", subnet
    for i, subnet in enumerate(topology.docker.subnets if topology.docker else ()):
        yield ("docker", "subnets", i), "docker0", subnet
    for i, subnet in enumerate(topology.pod_network.cidrs if topology.pod_network else ()):
        yield ("pod_network", "cidrs", i), "the pod network", subnet


def _overlaps(topology: Topology) -> Iterator[Finding]:
    for (_, owner, first), (path, other, second) in combinations(_prefixes(topology), 2):
        if first.overlaps(second):
            yield Finding(path, f"{second} of {other} overlaps {first} of {owner}")


def _families(path: Path, subnets: tuple[Subnet, ...], owner: str) -> Iterator[Finding]:
    if not subnets:
        yield Finding(path, f"{owner} needs at least one prefix")
    seen: set[int] = set()
    for i, subnet in enumerate(subnets):
        if subnet.version in seen:
            yield Finding(
                (*path, i), f"{owner} has one prefix of each family, and {subnet} is a second of IPv{subnet.version}"
            )
        if message := unusable(subnet):
            yield Finding((*path, i), message)
        seen.add(subnet.version)


def _docker(topology: Topology, docker: Docker) -> Iterator[Finding]:
    if docker.mtu < IPV6_MTU and any(s.version == 6 for s in docker.subnets):
        yield Finding(("docker", "mtu"), f"IPv6 needs an MTU of at least {IPV6_MTU} (RFC 8200), not {docker.mtu}")
    for i, subnet in enumerate(docker.subnets):
        if subnet.num_addresses < 4:
            yield Finding(("docker", "subnets", i), f"{subnet} has no room for a gateway and a container")
        else:
            yield from room(("docker", "subnets", i), subnet, workloads(topology, "container"), "container")
