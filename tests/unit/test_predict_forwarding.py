"""Routes, neighbours and filters: whether a packet arrives at all, and what its sender is told if not."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

import pytest
from sample_worlds import ALONE, DUAL, TWO_HOSTS, world

from vethlab.outcome import Outcome, Reached, Refused, Timeout, Unreachable
from vethlab.predict import predict
from vethlab.predict.stack import Interface, Route
from vethlab.row import Hop, Probe
from vethlab.world import StaticRoute

LAB = world(TWO_HOSTS)
BOTH = world(DUAL)


@pytest.mark.parametrize(
    ("source", "probe", "outcome"),
    [
        pytest.param("node1", Probe("icmp", "192.168.1.102"), Reached(), id="on the link"),
        pytest.param("node1", Probe("tcp", "192.168.1.102", 9), Refused(), id="closed port"),
        pytest.param("node1", Probe("udp", "192.168.1.102", 9), Refused(), id="closed UDP port"),
        pytest.param("node1", Probe("tcp", "127.0.0.1", 7), Reached("127.0.0.1", "node1"), id="loopback"),
        pytest.param("pod1", Probe("tcp", "10.244.1.2", 7), Reached("10.244.1.2", "pod1"), id="itself"),
        pytest.param("pod1", Probe("icmp", "10.244.2.0"), Reached(), id="another host's VTEP"),
        pytest.param("pod1", Probe("icmp", "203.0.113.1"), Reached(), id="far port of the router"),
        pytest.param("web", Probe("icmp", "192.168.1.101"), Reached(), id="from outside to a host"),
        pytest.param("node1", Probe("icmp", "192.168.1.77"), Unreachable("host"), id="nobody on the switch"),
        pytest.param("tool1", Probe("icmp", "172.17.0.99"), Unreachable("host"), id="nobody on docker0"),
        pytest.param("tool1", Probe("icmp", "192.168.1.77"), Unreachable("host"), id="masqueraded, then nobody there"),
        pytest.param("pod1", Probe("icmp", "10.244.2.99"), Unreachable("host"), id="nobody on the far bridge"),
        pytest.param("node1", Probe("icmp", "8.8.8.8"), Unreachable("network"), id="the router knows no way"),
        pytest.param("tool1", Probe("icmp", "8.8.8.8"), Unreachable("network"), id="its error finds a container"),
        pytest.param("pod1", Probe("icmp", "10.244.9.9"), Timeout(), id="its error finds no pod"),
        pytest.param("web", Probe("icmp", "10.244.1.2"), Unreachable("network"), id="from outside to a pod"),
        pytest.param("router", Probe("icmp", "10.244.1.2"), Unreachable("no-route"), id="the router itself"),
        pytest.param("pod1", Probe("icmp", "fd00::1"), Unreachable("no-route"), id="no IPv6 at all"),
        pytest.param("pod1", Probe("icmp", "172.17.0.2"), Timeout(), id="pod to container: raw"),
        pytest.param("pod1", Probe("icmp", "172.17.0.99"), Timeout(), id="pod to docker0: filter"),
        pytest.param("node1", Probe("tcp", "172.17.0.2", 7), Reached("172.17.0.1", "site1"), id="host to container"),
    ],
)
def test_what_becomes_of_a_packet(source: str, probe: Probe, outcome: Outcome) -> None:
    assert predict(LAB, source, probe).outcome == outcome


@pytest.mark.parametrize(
    ("source", "probe", "outcome"),
    [
        (
            "pod1",
            Probe("tcp", "fd00:10:244:2::2", 7),
            Reached("fd00:10:244:1::2", "pod3"),
        ),
        ("tool1", Probe("tcp", "2001:db8:a::10", 7), Reached("fd00:192:168:1::101", "web")),
        ("pod1", Probe("tcp", "fd00:172:17::2", 7), Timeout()),
        ("web", Probe("icmp", "fd00:10:244:1::2"), Unreachable("network")),
        ("web", Probe("tcp", "fd00:192:168:1::101", 7007), Reached("2001:db8:a::10", "site1")),
    ],
)
def test_the_same_over_ipv6(source: str, probe: Probe, outcome: Outcome) -> None:
    assert predict(BOTH, source, probe).outcome == outcome


def test_a_port_published_on_ipv6_loopback_is_not_bet_on() -> None:
    """IPv6 has no route_localnet; an unpublished port of the loopback is as sure as any."""
    assert predict(BOTH, "node1", Probe("tcp", "::1", 7007)).outcome is None
    assert predict(BOTH, "node1", Probe("tcp", "::1", 7)).outcome == Reached("::1", "node1")


def test_without_a_gateway_there_is_no_way_out() -> None:
    alone = world(ALONE)
    assert predict(alone, "node1", Probe("icmp", "203.0.113.80")).outcome == Unreachable("no-route")
    assert predict(alone, "tool1", Probe("icmp", "203.0.113.80")).outcome == Unreachable("network")


def test_a_provider_drops_private_sources_it_does_not_route() -> None:
    """An outside machine's own address is private, and of no switch inside: the way out of the router is closed."""
    switches = {
        "lan": {"subnets": ["192.168.1.0/24"]},
        "isp": {"subnets": ["203.0.113.0/24"], "outside": True},
        "other": {"subnets": ["100.64.0.0/24"], "outside": True},
    }
    nodes: dict[str, Any] = {
        "router": {"role": "router", "links": ["lan", "isp", "other"]},
        "web": {"role": "outside", "links": ["isp"], "runs": ["echo"]},
        "cgnat": {"role": "outside", "links": [{"switch": "other", "addresses": ["100.64.0.10"]}]},
        "node1": {"links": ["lan"], "runs": ["echo"]},
    }
    lab = world({"name": "provider", "switches": switches, "nodes": nodes})
    assert predict(lab, "cgnat", Probe("icmp", "203.0.113.10")).outcome == Timeout()
    assert predict(lab, "cgnat", Probe("icmp", "192.168.1.101")).outcome == Reached()
    answer_dropped = predict(lab, "web", Probe("icmp", "100.64.0.10"))
    assert answer_dropped.outcome == Timeout()
    assert "the answer does not get back" in answer_dropped.reason


@pytest.mark.parametrize(
    ("source", "probe"),
    [
        ("pod1", Probe("icmp", "224.0.0.1")),
        ("node1", Probe("icmp", "192.168.1.255")),
        ("pod1", Probe("icmp", "10.244.1.0")),
        ("node1", Probe("udp", "192.168.1.102", 8472)),
        ("node1", Probe("tcp", "not an address", 7)),
        ("node1", Probe("tcp", "192.168.1.102")),
        ("router", Probe("dns", name="www.example.com")),
        ("node1", Probe("mtu", "127.0.0.1")),
        ("node1", Probe("http", "192.168.1.102", 7)),
    ],
)
def test_no_prediction_rather_than_a_guess(source: str, probe: Probe) -> None:
    prediction = predict(LAB, source, probe)
    assert prediction.outcome is None
    assert prediction.reason
    assert prediction.path[0].node == source


def _names(path: tuple[Hop, ...], direction: str) -> list[str]:
    return [f"{h.node}:{h.interface}" for h in path if h.direction == direction]


def test_the_path_through_the_overlay_out_and_back() -> None:
    path = predict(LAB, "pod1", Probe("tcp", "10.244.2.2", 7)).path
    veths = {s.name: s.veth for s in LAB.sandboxes.values()}
    out = ["pod1:eth0", f"node1:{veths['pod1']}", "node1:cni0", "node1:flannel.1", "node1:eth0"]
    out += ["node2:eth0", "node2:flannel.1", "node2:cni0", f"node2:{veths['pod3']}", "pod3:eth0"]
    assert _names(path, "out") == out
    assert _names(path, "back") == out[::-1]


def test_bridged_packets_are_not_seen_on_the_bridge_itself() -> None:
    path = predict(LAB, "pod1", Probe("tcp", "10.244.1.3", 7)).path
    veths = {s.name: s.veth for s in LAB.sandboxes.values()}
    assert _names(path, "out") == ["pod1:eth0", f"node1:{veths['pod1']}", f"node1:{veths['pod2']}", "pod2:eth0"]


def test_the_path_through_a_router_names_both_its_ports() -> None:
    path = predict(LAB, "node1", Probe("icmp", "203.0.113.80")).path
    assert _names(path, "out") == ["node1:eth0", "router:eth0", "router:eth1", "web:eth0"]


def test_the_path_ends_where_the_packet_does() -> None:
    path = predict(LAB, "pod1", Probe("icmp", "172.17.0.2")).path
    assert _names(path, "out")[-1] == "node1:cni0"
    assert not _names(path, "back")


def test_an_unknown_source_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        predict(LAB, "nobody", Probe("icmp", "192.168.1.101"))


def test_an_error_of_ones_own_travels_nowhere() -> None:
    assert predict(LAB, "node1", Probe("icmp", "192.168.1.77")).path == (Hop("node1", "eth0"),)


def test_the_source_is_of_the_gateways_subnet() -> None:
    addresses = (ip_interface("192.0.2.5/24"), ip_interface("198.51.100.5/24"))
    interface = Interface("eth0", "switch:lan", addresses, 1500)
    route = Route(ip_network("0.0.0.0/0"), interface, ip_address("198.51.100.1"))
    assert route.source(ip_address("8.8.8.8")) == ip_address("198.51.100.5")


def test_a_packet_that_goes_in_circles_is_not_bet_on() -> None:
    switches = {"left": {"subnets": ["192.0.2.0/24"]}, "right": {"subnets": ["198.51.100.0/24"]}}
    nodes: dict[str, Any] = {"node1": {"links": ["left"]}}
    nodes |= {name: {"role": "router", "links": ["left", "right"]} for name in ("router1", "router2")}
    lab = world({"name": "circle", "switches": switches, "nodes": nodes})
    nowhere = ip_network("203.0.113.0/24")
    ways = {"router1": "192.0.2.2", "router2": "192.0.2.1"}
    looped = {n: replace(lab.machines[n], routes=(StaticRoute(nowhere, ip_address(g)),)) for n, g in ways.items()}
    prediction = predict(replace(lab, machines=lab.machines | looped), "node1", Probe("icmp", "203.0.113.1"))
    assert prediction.outcome is None
    assert prediction.reason == "the packet goes in circles until its TTL ends"
