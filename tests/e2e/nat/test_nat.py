"""Translated addresses: by the source that the server saw, and by what conntrack has written down."""

from __future__ import annotations

import re

import pytest

from vethlab.outcome import Http, Reached, Refused
from vethlab.running import RunningLab


def entries(lab: RunningLab, node: str, *criteria: str) -> list[tuple[str, ...]]:
    """conntrack's entries as (source, destination asked, who answered, whom the answer goes to)."""
    told = lab.run(node, "conntrack", "-L", *criteria).stdout
    return [tuple(re.findall(r"(?:src|dst)=(\S+)", line)) for line in told.splitlines()]


@pytest.mark.topology("single-host-docker", scope="session")
def test_outside_a_container_is_its_host_and_conntrack_knows_the_way_back(lab: RunningLab) -> None:
    assert lab.probe("tool", "web", udp=7) == Reached(source="192.168.1.101", identity="web")
    seen = entries(lab, "node1", "-p", "udp", "-s", "172.17.0.3", "-d", "203.0.113.80")
    assert ("172.17.0.3", "203.0.113.80", "203.0.113.80", "192.168.1.101") in seen


@pytest.mark.topology("single-host-docker", scope="session")
def test_a_published_port_is_the_containers_and_the_client_keeps_its_address(lab: RunningLab) -> None:
    assert lab.probe("web", "192.168.1.101", http=8080) == Http(200, source="203.0.113.80", identity="site")
    assert lab.probe("web", "192.168.1.101", udp=7007) == Reached(source="203.0.113.80", identity="site")
    seen = entries(lab, "node1", "-p", "udp", "-d", "192.168.1.101", "--dport", "7007")
    assert ("203.0.113.80", "192.168.1.101", "172.17.0.2", "203.0.113.80") in seen


@pytest.mark.topology("single-host-docker", scope="session")
def test_from_the_host_itself_a_published_port_shows_dockers_gateway(lab: RunningLab) -> None:
    assert lab.probe("node1", "192.168.1.101", http=8080) == Http(200, source="172.17.0.1", identity="site")
    assert lab.probe("node1", "127.0.0.1", http=8080) == Http(200, source="172.17.0.1", identity="site")


@pytest.mark.topology("single-host-docker", scope="session")
def test_a_port_published_on_the_loopback_is_the_hosts_alone(lab: RunningLab) -> None:
    assert lab.probe("web", "192.168.1.101", http=8080) == Http(200)
    assert lab.probe("web", "192.168.1.101", http=8081) == Refused()
    assert lab.probe("node1", "127.0.0.1", http=8081) == Http(200, identity="site")


@pytest.mark.topology("single-host-docker", scope="session")
def test_hairpin_a_container_reaches_itself_through_its_host(lab: RunningLab) -> None:
    assert lab.probe("site", "192.168.1.101", http=8080) == Http(200, source="172.17.0.1", identity="site")
    assert lab.probe("tool", "192.168.1.101", http=8080) == Http(200, source="172.17.0.3", identity="site")


@pytest.mark.topology("three-node", scope="session")
def test_a_pod_is_masqueraded_outside_the_cluster_and_only_there(lab: RunningLab) -> None:
    assert lab.probe("pod1", "web", http=80) == Http(200, source="192.168.1.101", identity="web")
    assert lab.probe("pod1", "node2", udp=7) == Reached(source="192.168.1.101", identity="node2")
    assert lab.probe("pod1", "pod3", udp=7) == Reached(source="10.244.1.2", identity="pod3")
    to_pod = entries(lab, "node1", "-p", "udp", "-s", "10.244.1.2", "-d", "10.244.2.2")
    assert to_pod
    assert set(to_pod) == {("10.244.1.2", "10.244.2.2", "10.244.2.2", "10.244.1.2")}
    to_node = entries(lab, "node1", "-p", "udp", "-s", "10.244.1.2", "-d", "192.168.1.102")
    assert set(to_node) == {("10.244.1.2", "192.168.1.102", "192.168.1.102", "192.168.1.101")}


@pytest.mark.topology("three-node", scope="session")
def test_another_hosts_published_port_sees_the_node_of_the_one_who_asks(lab: RunningLab) -> None:
    assert lab.probe("tool1", "192.168.1.102", tcp=7007) == Reached(source="192.168.1.101", identity="site2")
    assert lab.probe("pod1", "192.168.1.102", http=8080) == Http(200, source="192.168.1.101", identity="site2")


@pytest.mark.topology("three-node-dual-stack", scope="session")
def test_ipv6_is_translated_as_ipv4_is(lab: RunningLab) -> None:
    node, client = lab.address("node1", 6), lab.address("client", 6)
    assert lab.probe("tool1", "web", http=80, version=6) == Http(200, source=node, identity="web")
    assert lab.probe("client", node, http=8080) == Http(200, source=client, identity="site1")
    assert lab.probe("pod1", "pod3", tcp=7, version=6) == Reached(source=lab.address("pod1", 6))


@pytest.mark.topology("two-rack", scope="session")
def test_two_routers_away_it_is_still_the_host_that_translates(lab: RunningLab) -> None:
    """Neither router does: a node is itself outside, and so is a client at a published port of the far rack."""
    node, web = lab.address("node3"), lab.address("web")
    assert lab.probe("node3", "web", tcp=7) == Reached(source=node, identity="web")
    assert lab.probe("site3", "web", http=80) == Http(200, source=node, identity="web")
    assert lab.probe("web", node, http=8080) == Http(200, source=web, identity="site3")
    assert lab.probe("node1", node, http=8080) == Http(200, source=lab.address("node1"), identity="site3")


@pytest.mark.topology("two-rack", scope="session")
def test_in_the_other_rack_a_pod_is_its_node_and_to_pods_itself(lab: RunningLab) -> None:
    pod, far = lab.address("pod1"), lab.address("pod4")
    assert lab.probe("pod1", "node4", udp=7) == Reached(source=lab.address("node1"), identity="node4")
    assert lab.probe("pod1", "pod4", udp=7) == Reached(source=pod, identity="pod4")
    assert set(entries(lab, "node1", "-p", "udp", "-s", pod, "-d", far)) == {(pod, far, far, pod)}
