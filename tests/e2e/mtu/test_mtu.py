"""The largest packet that passes, and one byte more that does not: `PathMtu` is measured by both."""

from __future__ import annotations

import pytest

from vethlab.outcome import PathMtu
from vethlab.running import RunningLab


def ping(lab: RunningLab, source: str, target: str, size: int) -> bool:
    """One whole packet of `size` bytes, header included, by ping(8); True when it is answered."""
    argv = ["ping", "-c1", "-W1", "-n", "-M", "do", "-s", str(size - 28), lab.address(target)]
    return lab.run(source, *argv, check=False).returncode == 0


@pytest.mark.topology("single-host-docker", scope="session")
def test_a_bridge_carries_what_its_ports_do(lab: RunningLab) -> None:
    assert lab.probe("tool", "site", mtu=True) == PathMtu(1500)
    assert lab.probe("tool", "web", mtu=True) == PathMtu(1500)


@pytest.mark.topology("three-node", scope="session")
def test_vxlan_costs_fifty_bytes(lab: RunningLab) -> None:
    """1500 = 1450 + 20 outer IPv4 + 8 UDP + 8 VXLAN + 14 inner Ethernet (RFC 7348)."""
    assert lab.probe("node1", "node2", mtu=True) == PathMtu(1500)
    assert lab.probe("pod1", "pod3", mtu=True) == PathMtu(1450)
    assert lab.probe("node1", "pod3", mtu=True) == PathMtu(1450)


@pytest.mark.topology("three-node", scope="session")
def test_ping_finds_the_same_bounds(lab: RunningLab) -> None:
    assert ping(lab, "node1", "node2", 1500)
    assert not ping(lab, "node1", "node2", 1501)
    assert ping(lab, "pod1", "pod3", 1450)
    assert not ping(lab, "pod1", "pod3", 1451)


@pytest.mark.topology("three-node-dual-stack", scope="session")
@pytest.mark.parametrize("version", [4, 6])
def test_over_ipv6_it_costs_seventy_and_both_families_pay(lab: RunningLab, version: int) -> None:
    assert lab.probe("pod1", "pod3", mtu=True, version=version) == PathMtu(1430)
    assert lab.probe("node1", "node2", mtu=True, version=version) == PathMtu(1500)


@pytest.mark.topology("two-rack", scope="session")
def test_jumbo_frames_end_at_the_core_and_the_overlay_does_not_notice(lab: RunningLab) -> None:
    assert lab.probe("node1", "node2", mtu=True) == PathMtu(9000)
    assert lab.probe("node1", "node3", mtu=True) == PathMtu(1500)
    assert lab.probe("node3", "node1", mtu=True) == PathMtu(1500)
    assert lab.probe("pod1", "pod2", mtu=True) == PathMtu(1450)
    assert lab.probe("pod1", "pod4", mtu=True) == PathMtu(1450)
