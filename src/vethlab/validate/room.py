"""Whether a prefix has room for all that are numbered from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..finding import Finding, Path
from ..model import Container, Subnet, Topology
from .roster import sandboxes

__all__ = ["room", "workloads"]


def workloads(topology: Topology, kind: str) -> Counter[str]:
    """How many are on docker0, or on the pod network, by node."""
    everyone = sandboxes(topology, kind)
    return Counter(n for _, _, w, n in everyone if not isinstance(w, Container) or not (w.networks or w.network_mode))


def room(path: Path, subnet: Subnet, wanted: Counter[str], kind: str) -> Iterator[Finding]:
    """Less the network's own address and the gateway; in IPv4 less the broadcast address too."""
    places = subnet.num_addresses - (3 if subnet.version == 4 else 2)
    for node, count in wanted.items():
        if count > places:
            yield Finding(
                path, f"{subnet} has room for {places} {kind}{'s' * (places != 1)} on a node, and {node!r} has {count}"
            )
