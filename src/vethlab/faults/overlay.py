"""The tunnel between hosts: what each must have written down about the others."""

from __future__ import annotations

from ..world import Vtep, World
from .fault import Fault, rule_added, shell

__all__ = ["no_fdb_entry", "no_vtep_neighbour", "outer_filtered"]


def no_fdb_entry(world: World, node: str, peer: str) -> Fault:
    own, other = _vtep(world, node), _vtep(world, peer)
    gone = shell(node, f"bridge fdb del {other.mac} dev {own.name} dst {other.local} self")
    return Fault(
        "no-fdb-entry",
        f"{node} does not know behind which host {peer}'s tunnel endpoint is",
        (gone,),
        there=(shell(node, f"! bridge fdb show dev {own.name} | grep -q {other.mac}"),),
    )


def no_vtep_neighbour(world: World, node: str, peer: str) -> Fault:
    own, other = _vtep(world, node), _vtep(world, peer)
    gone = shell(node, f"ip neigh del {other.address} dev {own.name}")
    return Fault(
        "no-vtep-neighbour",
        f"{node} does not know the MAC of {peer}'s tunnel endpoint",
        (gone,),
        there=(shell(node, f"! ip neigh show {other.address} dev {own.name} | grep -q {other.mac}"),),
    )


def outer_filtered(world: World, node: str) -> Fault:
    rule, there = rule_added(node, f"INPUT -p udp --dport {_vtep(world, node).port} -j DROP")
    return Fault(
        "outer-filtered", f"{node} drops encapsulated packets before they are unpacked", (rule,), there=(there,)
    )


def _vtep(world: World, node: str) -> Vtep:
    pods = world.machines[node].pods
    assert pods
    return next(v for v in pods.vteps if v.address.version == 4)
