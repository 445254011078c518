"""Faults of pod networks: each turns the rows red that it should, and no others.

Numbers are rows of a catalogue of faults (K: what each host knows about the others' tunnel ends, R: routing).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from injection import prove

from vethlab.faults import Fault, overlay, routing
from vethlab.row import Row
from vethlab.running import RunningLab
from vethlab.world import World

Breaks = Callable[[World, Row], bool]


@dataclass(frozen=True)
class Case:
    number: str
    topology: str
    fault: Callable[[World], Fault]
    breaks: Breaks


def place(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    return sandbox.node if sandbox else name


def asks_pod(world: World, row: Row) -> bool:
    """At an address of its own; a port of a host leads to it over the hosts' own network."""
    pod = world.sandboxes.get(row.target)
    return pod is not None and row.probe.address in {str(a.ip) for a in pod.addresses}


def inside(world: World, row: Row) -> bool:
    """A pod of one host is asked by a pod or by the node of another. A pod that asks a node does so as its host."""
    here, there = place(world, row.source), place(world, row.target)
    hosts = {h.name for h in world.hosts()}
    return asks_pod(world, row) and here != there and {here, there} <= hosts


def between(one: str, other: str) -> Breaks:
    return lambda world, row: (
        inside(world, row) and {place(world, row.source), place(world, row.target)} == {one, other}
    )


def with_any(node: str) -> Breaks:
    return lambda world, row: inside(world, row) and node in (place(world, row.source), place(world, row.target))


def with_pods_of(node: str) -> Breaks:
    """As with any, but the node itself: its own address is known to everyone."""
    return lambda world, row: with_any(node)(world, row) and row.source != node


def not_from(node: str) -> Breaks:
    """node1 and that node, but for what it asks itself: the way back to its own address is as it was."""
    return lambda world, row: between("node1", node)(world, row) and row.source != node


def ipv4(breaks: Breaks) -> Breaks:
    return lambda world, row: breaks(world, row) and ":" not in (row.probe.address or "")


VXLAN = "podnet-calico-vxlan"
NODES, NOT_ITS_OWN = between("node1", "node2"), not_from("node2")
CASES = [
    Case("K15", VXLAN, lambda w: overlay.no_fdb_entry(w, "node1", "node2"), ipv4(NODES)),
    Case("K16", VXLAN, lambda w: overlay.no_vtep_neighbour(w, "node1", "node2"), ipv4(NODES)),
    Case("K17", "podnet-flannel-udp", lambda w: overlay.outer_filtered(w, "node2"), with_any("node2")),
    Case("K19", "podnet-flannel-vxlan", lambda w: overlay.other_port(w, "node2"), ipv4(with_any("node2"))),
    Case("R05", "podnet-flannel-host-gw", lambda w: routing.no_peer_route(w, "node1", "node2"), ipv4(NOT_ITS_OWN)),
    Case("flow", "podnet-geneve", lambda w: overlay.no_tunnel_flow(w, "node1", "node2"), between("node1", "node2")),
    Case("forwarder", "podnet-weave-sleeve", lambda w: overlay.forwarder_dead(w, "node2"), with_any("node2")),
    Case("speaker", "podnet-calico-bgp-reflector", lambda w: overlay.speaker_dead(w, "node2"), with_pods_of("node2")),
]


def parameters() -> list[object]:
    return [pytest.param(c, id=c.number, marks=pytest.mark.topology(c.topology, fresh=True)) for c in CASES]


@pytest.mark.parametrize("case", parameters())
def test_a_fault_breaks_what_it_names_and_nothing_else(
    victim: RunningLab, case: Case, record_property: Callable[[str, object], None]
) -> None:
    prove(victim, case.fault(victim.world), lambda row: case.breaks(victim.world, row), record_property)
