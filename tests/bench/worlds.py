"""Small worlds to measure in."""

from __future__ import annotations

from vethlab.addressing import lay_out
from vethlab.model import Topology
from vethlab.world import World

__all__ = ["hosts", "one_node"]


def hosts(count: int) -> World:
    """`count` hosts on one switch, with nothing on them."""
    return lay_out(
        Topology.model_validate(
            {
                "name": "bench",
                "switches": {"lan": {"subnets": ["192.168.1.0/24"]}},
                "nodes": {"node": {"count": count, "links": ["lan"]}},
            }
        )
    )


def one_node() -> World:
    """A single host."""
    return hosts(1)
