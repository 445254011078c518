"""Who reaches whom, and as whom. Every denial stands between two answers to the same source."""

from __future__ import annotations

import pytest

from vethlab.outcome import Http, Reached, Refused, Unreachable
from vethlab.running import RunningLab


@pytest.mark.topology("single-host-docker", scope="session")
def test_containers_of_one_bridge_reach_each_other_as_themselves(lab: RunningLab) -> None:
    assert lab.probe("tool", "site", tcp=7) == Reached(source="172.17.0.3", identity="site")
    assert lab.probe("site", "tool", udp=7) == Reached(source="172.17.0.2", identity="tool")
    assert lab.probe("tool", "site", http=80) == Http(200, source="172.17.0.3", identity="site")


@pytest.mark.topology("single-host-docker", scope="session")
def test_a_closed_port_says_so_and_an_open_one_beside_it_answers(lab: RunningLab) -> None:
    assert lab.probe("tool", "site", tcp=7) == Reached()
    assert lab.probe("tool", "site", tcp=9) == Refused()
    assert lab.probe("tool", "site", udp=9) == Refused()
    assert lab.probe("tool", "site", udp=7) == Reached()


@pytest.mark.topology("three-node", scope="session")
@pytest.mark.parametrize(("source", "target"), [("pod1", "pod2"), ("pod1", "pod3"), ("pod6", "pod1")])
def test_pods_reach_pods_on_any_host_as_themselves(lab: RunningLab, source: str, target: str) -> None:
    own = lab.address(source)
    assert lab.probe(source, target, tcp=7) == Reached(source=own, identity=target)
    assert lab.probe(source, target, udp=7) == Reached(source=own, identity=target)
    assert lab.probe(source, target, icmp=True) == Reached()


@pytest.mark.topology("three-node", scope="session")
def test_a_node_is_its_bridge_to_its_own_pods_and_its_tunnel_to_others(lab: RunningLab) -> None:
    assert lab.probe("node1", "pod1", tcp=7) == Reached(source="10.244.1.1", identity="pod1")
    assert lab.probe("node1", "pod3", tcp=7) == Reached(source="10.244.1.0", identity="pod3")


@pytest.mark.topology("three-node", scope="session")
def test_nothing_leads_from_outside_to_a_pod_and_the_router_says_so(lab: RunningLab) -> None:
    assert lab.probe("web", "node1", tcp=7) == Reached(source="203.0.113.80", identity="node1")
    assert lab.probe("web", "pod1", tcp=7) == Unreachable("network")
    assert lab.probe("web", "172.17.0.2", tcp=7) == Unreachable("network")
    assert lab.probe("web", "node1", tcp=7) == Reached()


@pytest.mark.topology("three-node-dual-stack", scope="session")
@pytest.mark.parametrize("version", [4, 6])
def test_both_families_have_a_tunnel_of_their_own(lab: RunningLab, version: int) -> None:
    own = lab.address("pod1", version)
    assert lab.probe("pod1", "pod3", tcp=7, version=version) == Reached(source=own, identity="pod3")
    assert lab.probe("pod1", "pod3", udp=7, version=version) == Reached(source=own, identity="pod3")


@pytest.mark.topology("two-rack", scope="session")
def test_racks_are_routed_not_translated(lab: RunningLab) -> None:
    assert lab.probe("node1", "node3", tcp=7) == Reached(source="192.168.1.101", identity="node3")
    assert lab.probe("node4", "node2", tcp=7) == Reached(source=lab.address("node4"), identity="node2")
    assert lab.probe("pod1", "pod4", tcp=7) == Reached(source=lab.address("pod1"), identity="pod4")
