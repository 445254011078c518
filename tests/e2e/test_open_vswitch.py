"""Open vSwitch on a host is asked as on any other machine, by its own tools and without saying where it is."""

from __future__ import annotations

import pytest

from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("podnet-geneve")


def trace(lab: RunningLab, target: str) -> str:
    """What becomes of a packet of node1's (ovs-vswitchd(8), ofproto/trace)."""
    flow = f"in_port=br-int,icmp,nw_ttl=64,nw_dst={lab.address(target)}"
    return str(lab.run("node1", "ovs-appctl", "ofproto/trace", "br-int", flow).stdout)


def test_a_traced_packet_for_another_hosts_pod_goes_into_its_tunnel(lab: RunningLab) -> None:
    near, far = trace(lab, "pod1"), trace(lab, "pod3")
    assert "tunneling to" not in near
    assert f"tunneling to {lab.address('node2')} via br-ex" in far
