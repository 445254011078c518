"""Addresses, routes and names: the shipped worlds against golden files, and the rules behind them one by one."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vethlab.addressing import expand, lay_out, place
from vethlab.assets import shipped_topologies
from vethlab.generate import generate
from vethlab.load import load, parse
from vethlab.podnet import pod_subnet
from vethlab.world import Machine, Sandbox, World

GOLDEN = Path(__file__).parent.parent / "golden" / "worlds"


def written(world: World) -> str:
    """A world as lines a person can check against the topology."""
    switches = [f"switch {name} mtu {mtu} {_words(world.subnets[name])}" for name, mtu in world.switches.items()]
    machines = [line for machine in world.machines.values() for line in _machine(machine)]
    return "\n".join([*switches, *machines, *map(_sandbox, world.sandboxes.values())]) + "\n"


def _machine(machine: Machine) -> Iterator[str]:
    yield f"{machine.role} {machine.name} index {machine.index} ordinal {machine.ordinal}"
    for port in machine.ports:
        yield f"  {port.name} on {port.switch} {port.mac} mtu {port.mtu} {_words(port.addresses)}"
    if machine.gateways:
        yield f"  default via {_words(machine.gateways)}"
    for route in machine.routes:
        yield f"  {route.destination} via {route.gateway}"
    for bridge in machine.bridges:
        yield f"  {bridge.name} {bridge.mac} mtu {bridge.mtu} {_words(bridge.addresses)}"
    for vtep in machine.pods.vteps if machine.pods else ():
        yield f"  {vtep.name} {vtep.mac} mtu {vtep.mtu} {vtep.address} vni {vtep.vni} {vtep.local}:{vtep.port}"


def _sandbox(sandbox: Sandbox) -> str:
    where = f"{sandbox.kind} {sandbox.name} on {sandbox.node} {sandbox.bridge} {sandbox.veth} {sandbox.mac}"
    return f"{where} mtu {sandbox.mtu} {_words(sandbox.addresses)} via {_words(sandbox.gateways)}"


def _words(values: object) -> str:
    assert isinstance(values, tuple)
    return ", ".join(map(str, values))


@pytest.mark.parametrize("name", shipped_topologies())
def test_shipped_worlds_are_as_golden(name: str, golden_update: bool) -> None:
    file, text = GOLDEN / f"{name}.txt", written(lay_out(load(name)))
    if golden_update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def world(nodes: str, switches: str = "lan: {subnets: [192.168.1.0/24]}", rest: str = "") -> World:
    return lay_out(parse(f"name: w\nswitches: {{{switches}}}\nnodes: {{{nodes}}}\n{rest}".encode()))


def test_ordinals_given_keep_their_place_and_the_others_fill_the_gaps() -> None:
    made = world("a: {links: [lan]}, b: {ordinal: 1, links: [lan]}, c: {links: [lan]}")
    assert [(m.name, m.ordinal, str(m.address(4))) for m in made.hosts()] == [
        ("a", 2, "192.168.1.102"),
        ("b", 1, "192.168.1.101"),
        ("c", 3, "192.168.1.103"),
    ]


def test_ipv6_address_shows_the_digits_of_ipv4() -> None:
    both = 'lan: {subnets: [192.168.1.0/24, "fd00::/64"]}'
    made = world("n: {ordinal: 12, links: [lan]}, o: {role: outside, links: [lan]}", both)
    assert list(map(str, made.machines["n"].addresses)) == ["192.168.1.112", "fd00::112"]
    assert list(map(str, made.machines["o"].addresses)) == ["192.168.1.10", "fd00::10"]


RING = (
    "a: {subnets: [10.0.1.0/24]}, b: {subnets: [10.0.2.0/24]}, c: {subnets: [10.0.3.0/24]}, d: {subnets: [10.0.4.0/24]}"
)


def test_routes_lead_over_the_first_router_of_the_shortest_way() -> None:
    made = world(
        "r1: {role: router, links: [a, b]}, r2: {role: router, links: [b, c]}, r3: {role: router, links: [c, d]}", RING
    )
    routes = {m.name: [(str(r.destination), str(r.gateway)) for r in m.routes] for m in made.machines.values()}
    assert routes["r1"] == [("10.0.3.0/24", "10.0.2.2"), ("10.0.4.0/24", "10.0.2.2")]
    assert routes["r2"] == [("10.0.1.0/24", "10.0.2.1"), ("10.0.4.0/24", "10.0.3.3")]
    assert routes["r3"] == [("10.0.2.0/24", "10.0.3.2"), ("10.0.1.0/24", "10.0.3.2")]


def test_ipv6_goes_round_a_switch_that_has_only_ipv4() -> None:
    """The short way from r1 to z is over m, without IPv6; the way of IPv6 is over x and y."""
    made = world(
        "r1: {role: router, links: [m, x]}, r2: {role: router, links: [m, z]}, "
        "r3: {role: router, links: [x, y]}, r4: {role: router, links: [y, z]}",
        'm: {subnets: [10.0.1.0/24]}, x: {subnets: [10.0.2.0/24, "fd00:2::/64"]}, '
        'y: {subnets: [10.0.3.0/24, "fd00:3::/64"]}, z: {subnets: [10.0.4.0/24, "fd00:4::/64"]}',
    )
    routes = {str(r.destination): str(r.gateway) for r in made.machines["r1"].routes}
    to_z = {subnet: routes[subnet] for subnet in ("10.0.4.0/24", "fd00:4::/64")}
    assert to_z == {"10.0.4.0/24": "10.0.1.2", "fd00:4::/64": "fd00:2::3"}


def test_explicit_addresses_are_left_free_by_the_others() -> None:
    made = world("n: {links: [lan]}", rest="pods: {a: {}, b: {addresses: [10.244.1.2]}, c: {}, d: {}}")
    assert [str(s.address(4)) for s in made.sandboxes.values()] == [
        "10.244.1.3",
        "10.244.1.2",
        "10.244.1.4",
        "10.244.1.5",
    ]


def test_pod_mtu_is_what_the_smallest_port_leaves() -> None:
    made = world(
        "n: {count: 2, links: [lan, big]}",
        "lan: {subnets: [192.168.1.0/24], mtu: 1400}, big: {subnets: [10.0.0.0/24], mtu: 9000}",
        "pods: {p: {per_node: 1}}",
    )
    assert {m.pods.bridge.mtu for m in made.hosts() if m.pods} == {1350}
    assert {s.mtu for s in made.sandboxes.values()} == {1350}


def test_pod_subnets_are_numbered_by_ordinal() -> None:
    assert str(pod_subnet(ip_network("10.244.0.0/16"), 3)) == "10.244.3.0/24"
    assert str(pod_subnet(ip_network("fd00:10:244::/48"), 18)) == "fd00:10:244:12::/64"


def test_count_is_written_out() -> None:
    topology = parse(b"name: w\nswitches: {lan: {subnets: [10.0.0.0/24]}}\nnodes: {n: {count: 2, links: [lan]}}")
    assert [(name, key) for name, key, _ in expand(topology)] == [("n1", "n"), ("n2", "n")]
    assert [p.ordinal for p in place(topology)] == [1, 2]


@given(st.integers(0, 2**32))
def test_nothing_is_given_twice_where_it_would_be_seen(seed: int) -> None:
    made = lay_out(generate(seed))
    everyone = [a for m in made.machines.values() for a in m.addresses]
    assert len(everyone) == len(set(everyone))
    macs = [port.mac for m in made.machines.values() for port in m.ports]
    assert len(macs) == len(set(macs))
    for host in made.hosts():
        _check_bridges(made, host)


def _check_bridges(made: World, host: Machine) -> None:
    bridges = list(host.bridges)
    addresses = [a.ip for b in bridges for a in b.addresses] + [a.ip for s in made.on(host.name) for a in s.addresses]
    macs = [b.mac for b in bridges] + [s.mac for s in made.on(host.name)]
    names = [s.veth for s in made.on(host.name)] + [v.name for v in (host.pods.vteps if host.pods else ())]
    for given_out in (addresses, macs, names):
        assert len(given_out) == len(set(given_out))
    assert all(len(name) <= 15 for name in names)
    for sandbox in made.on(host.name):
        assert all(g in a.network for g, a in zip(sandbox.gateways, sandbox.addresses, strict=True))
