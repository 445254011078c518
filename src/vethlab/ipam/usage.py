"""What has become of one block of addresses: given, lent, leaked."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Holder", "usage"]


@dataclass(frozen=True, slots=True)
class Holder:
    """A pod on a node, and its addresses; one that is not `alive` has them for nothing: nobody gives them back."""

    pod: str
    node: str
    addresses: tuple[str, ...]
    alive: bool = True


def usage(block: str, node: str, kept: Iterable[str], holders: Iterable[Holder]) -> dict[str, Any]:
    """`{"subnet", "size", "used", "free", "lent": {address: node, …}, "leaked": [address, …]}`.

    `kept` are addresses the node has of it for itself; lent are those that pods of other nodes have.
    """
    subnet = ipaddress.ip_network(block)
    held = {a: h for h in holders for a in h.addresses if ipaddress.ip_address(a) in subnet}
    used = len(held) + len(tuple(kept))
    return {
        "subnet": block,
        "size": subnet.num_addresses,
        "used": used,
        "free": subnet.num_addresses - used,
        "lent": {a: h.node for a, h in held.items() if h.node != node},
        "leaked": [a for a, h in held.items() if not h.alive],
    }
