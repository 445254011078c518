"""Random topologies: always valid, the same for the same seed, and rich enough to be worth it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from vethlab.addressing import lay_out
from vethlab.dump import dump
from vethlab.generate import generate
from vethlab.load import load, parse
from vethlab.model import Topology
from vethlab.validate import validate

SEEDS = st.integers(min_value=0, max_value=2**64)


@given(SEEDS)
def test_never_invalid(seed: int) -> None:
    topology = generate(seed)
    assert validate(topology) == ()
    world = lay_out(topology)
    assert any(world.hosts())
    assert len(world.machines) + len(world.sandboxes) >= 2


@given(SEEDS)
def test_comes_back_from_its_file(seed: int) -> None:
    topology = generate(seed)
    assert parse(dump(topology).encode()) == topology


def test_same_seed_same_world() -> None:
    assert dump(generate(11)) == dump(generate(11))
    assert len({dump(generate(seed)) for seed in range(50)}) > 45


def test_variety() -> None:
    """Every kind of world comes up often enough in 300 seeds for a bug in it to be met."""
    seen = Counter(trait for seed in range(300) for trait in _traits(generate(seed)))
    rare = {trait: seen[trait] for trait in TRAITS if seen[trait] < 20}
    assert not rare, seen


TRAITS = (
    "1 host",
    "4 hosts",
    "docker",
    "pods",
    "outside",
    "no router",
    "core",
    "ipv4",
    "ipv6",
    "both",
    "dns",
    "zones",
    "bound",
)


def _traits(topology: Topology) -> set[str]:
    world = lay_out(topology)
    versions = {s.version for switch in topology.switches.values() for s in switch.subnets}
    hosts = len(list(world.hosts()))
    there = {
        "docker": topology.docker,
        "pods": topology.pods,
        "outside": world.outside,
        "no router": not any(m.role == "router" for m in world.machines.values()),
        "core": "core" in topology.switches,
        "dns": topology.dns,
        "zones": topology.dns and topology.dns.zones,
        "bound": "bound" in topology.containers,
    }
    family = "both" if len(versions) == 2 else f"ipv{min(versions)}"
    return {family, f"{hosts} host{'s' * (hosts != 1)}", *(trait for trait, value in there.items() if value)}


def test_shipped_topologies_come_back_from_their_dump() -> None:
    for name in ("three-node", "three-node-dual-stack", "two-rack", "single-host-docker"):
        topology = load(name)
        assert parse(dump(topology).encode()) == topology


def test_dump_keeps_link_qualities_and_awkward_text() -> None:
    text = """
name: dumped
title: "1e3"
switches: {lan: {subnets: [192.168.1.0/24]}}
nodes: {node1: {links: [{switch: lan, rate: 1.5mbit, delay: 10ms, loss: 7%}]}}
"""
    topology = parse(text.encode())
    assert parse(dump(topology).encode()) == topology
    assert topology.nodes["node1"].links[0].delay == 0.01
