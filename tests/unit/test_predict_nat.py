"""DNAT and masquerade: who answers, and which address it saw."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from sample_worlds import ALONE, TWO_HOSTS, world

from vethlab.outcome import Http, Outcome, Reached, Refused, Timeout
from vethlab.predict import predict
from vethlab.predict.netfilter import rules
from vethlab.predict.packet import Packet
from vethlab.row import Probe

LAB = world(TWO_HOSTS)


@pytest.mark.parametrize(
    ("source", "address", "seen", "server"),
    [
        pytest.param("tool1", "203.0.113.80", "192.168.1.101", "web", id="container to outside"),
        pytest.param("tool1", "192.168.1.102", "192.168.1.101", "node2", id="container to another host"),
        pytest.param("tool1", "192.168.1.101", "172.17.0.3", "node1", id="container to its own host"),
        pytest.param("tool1", "172.17.0.2", "172.17.0.3", "site1", id="container to container"),
        pytest.param("tool1", "10.244.1.2", "10.244.1.1", "pod1", id="container to a pod beside it"),
        pytest.param("tool1", "10.244.2.2", "10.244.1.0", "pod3", id="container to a pod elsewhere"),
        pytest.param("node1", "10.244.1.2", "10.244.1.1", "pod1", id="host to its pod"),
        pytest.param("node1", "10.244.2.2", "10.244.1.0", "pod3", id="host to another's pod"),
        pytest.param("pod1", "10.244.2.2", "10.244.1.2", "pod3", id="pod to pod"),
        pytest.param("pod1", "192.168.1.101", "10.244.1.2", "node1", id="pod to its host"),
        pytest.param("pod1", "10.244.2.1", "10.244.1.2", "node2", id="pod to another host's bridge"),
        pytest.param("pod1", "192.168.1.102", "192.168.1.101", "node2", id="pod to another host"),
        pytest.param("pod1", "203.0.113.80", "192.168.1.101", "web", id="pod to outside"),
        pytest.param("web", "192.168.1.101", "203.0.113.80", "node1", id="outside to a host"),
        pytest.param("node2", "172.17.0.2", "172.17.0.1", "site2", id="the container of one's own host"),
    ],
)
def test_source_seen(source: str, address: str, seen: str, server: str) -> None:
    assert predict(LAB, source, Probe("tcp", address, 7)).outcome == Reached(seen, server)


@pytest.mark.parametrize(
    ("source", "address", "seen", "server"),
    [
        pytest.param("web", "192.168.1.101", "203.0.113.80", "site1", id="from outside"),
        pytest.param("node2", "192.168.1.101", "192.168.1.102", "site1", id="from another host"),
        pytest.param("node1", "192.168.1.101", "172.17.0.1", "site1", id="from its host"),
        pytest.param("node1", "127.0.0.1", "172.17.0.1", "site1", id="from its host by loopback"),
        pytest.param("node1", "10.244.1.1", "172.17.0.1", "site1", id="by any address of its host"),
        pytest.param("tool1", "192.168.1.101", "172.17.0.3", "site1", id="from beside it"),
        pytest.param("tool1", "172.17.0.1", "172.17.0.3", "site1", id="by its gateway"),
        pytest.param("site1", "192.168.1.101", "172.17.0.1", "site1", id="from itself"),
        pytest.param("tool2", "192.168.1.101", "192.168.1.102", "site1", id="from another host's container"),
        pytest.param("pod1", "192.168.1.101", "172.17.0.1", "site1", id="from a pod of its host"),
        pytest.param("pod3", "192.168.1.101", "192.168.1.102", "site1", id="from a pod elsewhere"),
        pytest.param("pod3", "10.244.1.1", "172.17.0.1", "site1", id="from a pod through the overlay"),
    ],
)
def test_published_port(source: str, address: str, seen: str, server: str) -> None:
    assert predict(LAB, source, Probe("tcp", address, 7007)).outcome == Reached(seen, server)
    assert predict(LAB, source, Probe("udp", address, 5300)).outcome == Reached(seen, server)
    assert predict(LAB, source, Probe("http", address, 8080)).outcome == Http(200, seen, server)


@pytest.mark.parametrize(
    ("source", "address", "outcome"),
    [
        ("node1", "127.0.0.1", Reached("172.17.0.1", "site1")),
        ("node1", "192.168.1.101", Refused()),
        ("web", "192.168.1.101", Refused()),
        ("tool1", "127.0.0.1", Refused()),
    ],
)
def test_a_port_published_on_loopback_is_nobody_elses(source: str, address: str, outcome: Outcome) -> None:
    assert predict(LAB, source, Probe("tcp", address, 7008)).outcome == outcome


def test_protocols_of_a_publication_are_told_apart() -> None:
    assert predict(LAB, "web", Probe("udp", "192.168.1.101", 7007)).outcome == Refused()
    assert predict(LAB, "web", Probe("tcp", "192.168.1.101", 5300)).outcome == Refused()


def test_a_publication_to_a_port_nobody_serves_is_refused() -> None:
    lab = world(TWO_HOSTS, containers={"tool": {"per_node": 1, "image": "busybox", "publish": ["8000:8000"]}})
    assert predict(lab, "web", Probe("tcp", "192.168.1.101", 8000)).outcome == Refused()


def test_a_container_published_or_not_is_not_reached_by_its_own_address() -> None:
    for port in (7, 80, 9):
        assert predict(LAB, "pod1", Probe("tcp", "172.17.0.2", port)).outcome == Timeout()


def test_programs_that_are_no_echo_tell_nothing_of_their_client() -> None:
    lab = world(TWO_HOSTS, pods={"cache": {"image": "redis"}, "front": {"image": "nginx"}, "pod": {}})
    cache, front = (str(lab.sandboxes[n].address(4)) for n in ("cache", "front"))
    assert predict(lab, "pod", Probe("tcp", cache, 6379)).outcome == Reached()
    assert predict(lab, "pod", Probe("http", front, 80)).outcome == Http(200)
    assert predict(lab, "pod", Probe("http", front, 80, path="/x")).outcome is None


def test_a_docker_host_forwards_nothing_that_is_neither_docker_nor_pods() -> None:
    """No shipped world routes through a host; the policy holds all the same."""
    stray = Packet(ip_address("192.0.2.1"), ip_address("198.51.100.1"), "tcp", 7)
    assert rules(LAB, LAB.machines["node1"]).forward(stray, "eth0", "eth1") == "the policy of filter FORWARD is DROP"
    plain = world(ALONE, docker=None, containers={})
    assert rules(plain, plain.machines["node1"]).forward(stray, "eth0", "eth1") is None


@pytest.mark.parametrize(
    ("source", "destination", "masqueraded"),
    [
        ("10.244.1.2", "10.244.2.2", False),
        ("10.244.2.2", "10.244.1.2", False),
        ("10.244.1.2", "203.0.113.80", True),
        ("10.244.1.2", "224.0.0.5", False),
        ("192.0.2.1", "10.244.1.2", False),
        ("192.0.2.1", "10.244.2.2", True),
        ("192.0.2.1", "203.0.113.80", False),
    ],
)
def test_flannel_masquerades_in_its_own_order(source: str, destination: str, masqueraded: bool) -> None:
    packet = Packet(ip_address(source), ip_address(destination), "tcp", 7)
    chains = rules(LAB, LAB.machines["node1"])
    assert chains.masquerades(packet, "eth0", from_host=False) is masqueraded
