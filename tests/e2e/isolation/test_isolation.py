"""What must not be reached. Each denial stands between two answers that the same source gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from vethlab.outcome import Reached, Timeout, Unreachable
from vethlab.running import RunningLab


@contextmanager
def bracket(lab: RunningLab, source: str, target: str) -> Iterator[None]:
    """The source is answered by an allowed target, before and after."""
    assert lab.probe(source, target, tcp=7) == Reached()
    yield
    assert lab.probe(source, target, tcp=7) == Reached()


@pytest.mark.topology("three-node", scope="session")
def test_a_pod_does_not_reach_a_container_of_its_host_directly(lab: RunningLab) -> None:
    with bracket(lab, "pod1", "pod2"):
        assert lab.probe("pod1", "172.17.0.2", tcp=7) == Timeout()
        assert lab.probe("pod1", "172.17.0.2", http=80) == Timeout()
        assert lab.probe("pod1", "172.17.0.2", icmp=True) == Timeout()
    assert lab.probe("tool1", "172.17.0.2", tcp=7) == Reached(identity="site1")


@pytest.mark.topology("three-node", scope="session")
def test_a_neighbour_that_routes_to_a_container_is_dropped_published_or_not(lab: RunningLab) -> None:
    """node2 has a 172.17.0.0/16 of its own; a longer route leads to node1's site1, and must be of no use."""
    lab.run("node2", "ip", "route", "add", "172.17.0.2/32", "via", "192.168.1.101")
    try:
        with bracket(lab, "node2", "node1"):
            assert lab.probe("node2", "172.17.0.2", tcp=7) == Timeout()
            assert lab.probe("node2", "172.17.0.2", http=80) == Timeout()
    finally:
        lab.run("node2", "ip", "route", "del", "172.17.0.2/32")


@pytest.mark.topology("three-node", scope="session")
def test_each_host_has_its_own_container_behind_the_same_address(lab: RunningLab) -> None:
    for number in (1, 2, 3):
        assert lab.probe(f"tool{number}", "172.17.0.2", tcp=7) == Reached(identity=f"site{number}")


@pytest.mark.topology("three-node", scope="session")
def test_the_router_lets_no_private_source_out_but_its_own(lab: RunningLab) -> None:
    """A packet that leaves a host without masquerade is seen no further than the router."""
    lab.run("node3", "ip", "addr", "add", "10.66.0.1/32", "dev", "lo")
    ping = ["ping", "-c1", "-W1", "-n", lab.address("web"), "-I"]
    assert lab.run("node3", *ping, "192.168.1.103", check=False).returncode == 0
    assert lab.run("node3", *ping, "10.66.0.1", check=False).returncode != 0
    dropped = lab.run("router", "iptables", "-t", "filter", "-nvxL", "EGRESS-FILTER").stdout
    hits = next(line.split()[0] for line in dropped.splitlines() if "DROP" in line and "10.0.0.0/8" in line)
    assert int(hits) >= 1


@pytest.mark.topology("single-host-docker", scope="session")
def test_from_outside_there_is_no_way_to_a_containers_own_address(lab: RunningLab) -> None:
    with bracket(lab, "web", "node1"):
        assert lab.probe("web", "site", tcp=7) == Unreachable("network")
        assert lab.probe("web", "tool", icmp=True) == Unreachable("network")


@pytest.mark.topology("single-host-docker", scope="session")
def test_what_a_node_does_to_its_files_is_not_done_to_its_containers(lab: RunningLab) -> None:
    """Replacing a file, as editors do, takes away what other mount namespaces have mounted upon it."""
    before = lab.run("tool", "cat", "/etc/resolv.conf").stdout
    lab.run("node1", "sh", "-ec", "cp /etc/resolv.conf /etc/kept; sed -i s/^/#/ /etc/resolv.conf")
    try:
        assert lab.run("tool", "cat", "/etc/resolv.conf").stdout == before
        lab.run("site", "sh", "-ec", "echo '# mine' >> /etc/hosts")
        assert (
            "# mine" not in lab.run("tool", "cat", "/etc/hosts").stdout + lab.run("node1", "cat", "/etc/hosts").stdout
        )
    finally:
        lab.run("node1", "mv", "/etc/kept", "/etc/resolv.conf")


@pytest.mark.topology("three-node-dual-stack", scope="session")
def test_ipv6_is_as_closed_as_ipv4(lab: RunningLab) -> None:
    with bracket(lab, "pod1", "pod2"):
        assert lab.probe("pod1", "pod2", tcp=7, version=6) == Reached()
        assert lab.probe("pod1", "site1", tcp=7, version=6) == Timeout()
    assert lab.probe("web", "pod1", tcp=7, version=6) == Unreachable("network")


@pytest.mark.topology("two-rack", scope="session")
def test_an_address_that_nobody_routes_ends_at_the_first_router(lab: RunningLab) -> None:
    with bracket(lab, "web", "node3"):
        assert lab.probe("web", "pod3", tcp=7) == Unreachable("network")
        assert lab.probe("web", "172.17.0.2", tcp=7) == Unreachable("network")


@pytest.mark.topology("two-rack", scope="session")
def test_a_container_is_closed_to_its_rack_and_what_it_publishes_open_to_both(lab: RunningLab) -> None:
    """Whoever routes to it by hand is dropped at its host, even for the port that is published."""
    lab.run("node2", "ip", "route", "add", "172.17.0.2/32", "via", lab.address("node1"))
    try:
        with bracket(lab, "node2", "node1"):
            assert lab.probe("node2", "172.17.0.2", http=80) == Timeout()
    finally:
        lab.run("node2", "ip", "route", "del", "172.17.0.2/32")
    with bracket(lab, "node4", "node1"):
        assert lab.probe("node4", lab.address("node1"), tcp=8080) == Reached()
