"""Interfaces that not every kernel has: each carries packets to where it should, and to nowhere else."""

from __future__ import annotations

from pair import FAR, NEAR, answers, needs, pair, silent

from namespaces import Namespaces


def test_dummy_holds_an_address_for_as_long_as_it_is_there(netns: Namespaces) -> None:
    needs("dummy")
    pair(netns)
    netns.route("far", f"10.9.0.1/32 via {NEAR}")
    made = ("link add dummy0 type dummy", "addr add 10.9.0.1/32 dev dummy0", "link set dummy0 up")
    netns.ip("near", *made)
    assert answers(netns, "far", "10.9.0.1")
    netns.ip("near", "link del dummy0")
    assert silent(netns, "far", "10.9.0.1")
    netns.ip("near", *made)
    assert answers(netns, "far", "10.9.0.1")


def test_vlans_of_the_same_number_hear_each_other_and_others_do_not(netns: Namespaces) -> None:
    needs("vlan")
    pair(netns)
    tag(netns, "near", 5, "10.5.0.1/24")
    tag(netns, "far", 5, "10.5.0.2/24")
    assert answers(netns, "near", "10.5.0.2")
    tag(netns, "far", 6, "10.5.0.2/24")
    assert silent(netns, "near", "10.5.0.2")
    tag(netns, "far", 5, "10.5.0.2/24")
    assert answers(netns, "near", "10.5.0.2")


def tag(netns: Namespaces, name: str, number: int, address: str) -> None:
    """That place's only interface for tagged frames, with that number."""
    netns.run(name, "sh", "-c", "ip link del tagged 2>/dev/null; true")
    netns.ip(
        name,
        f"link add link eth0 name tagged type vlan id {number}",
        f"addr add {address} dev tagged",
        "link set tagged up",
    )


def test_a_vrf_routes_among_its_own_interfaces_alone(netns: Namespaces) -> None:
    """near, router, far: the two ends meet while both of the router's interfaces are in the same table."""
    needs("vrf")
    netns.node("near", "router", "far")
    netns.cable("near", "eth0", "router", "eth1", "10.1.0.2/24", "10.1.0.1/24")
    netns.cable("far", "eth0", "router", "eth2", "10.2.0.2/24", "10.2.0.1/24")
    netns.route("near", "default via 10.1.0.1")
    netns.route("far", "default via 10.2.0.1")
    netns.forward("router")
    for name, table in (("blue", 10), ("red", 20)):
        netns.ip("router", f"link add {name} type vrf table {table}", f"link set {name} up")
    netns.ip("router", "link set eth1 master blue", "link set eth2 master blue")
    assert answers(netns, "near", "10.2.0.2")
    netns.ip("router", "link set eth2 master red")
    assert silent(netns, "near", "10.2.0.2")
    netns.ip("router", "link set eth2 master blue")
    assert answers(netns, "near", "10.2.0.2")


def test_ipvlan_puts_pods_on_the_wire_of_their_host_and_never_on_the_host(netns: Namespaces) -> None:
    needs("ipvlan")
    pair(netns)
    netns.node("one", "two")
    for name, address in (("one", "10.0.0.3/24"), ("two", "10.0.0.4/24")):
        netns.ip("near", f"link add link eth0 name {name} netns {netns.pids[name]} type ipvlan mode l2")
        netns.ip(name, f"addr add {address} dev {name}", f"link set {name} up")
    assert answers(netns, "one", "10.0.0.4")
    assert answers(netns, "one", FAR)
    assert silent(netns, "one", NEAR)
    assert answers(netns, "far", "10.0.0.3")
