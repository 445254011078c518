"""Path MTU: the smallest link on the way, and the sum behind it."""

from __future__ import annotations

from typing import Any

import pytest
from sample_worlds import DUAL, TWO_HOSTS, world

from vethlab.outcome import PathMtu, Timeout
from vethlab.predict import predict
from vethlab.row import Probe


def _switches(inside: int, outside: int) -> dict[str, Any]:
    return {
        "lan": {"subnets": ["192.168.1.0/24"], "mtu": inside},
        "isp": {"subnets": ["203.0.113.0/24"], "outside": True, "mtu": outside},
    }


@pytest.mark.parametrize(
    ("source", "address", "size"),
    [
        ("pod1", "10.244.2.2", 1450),
        ("pod1", "10.244.1.3", 1450),
        ("pod1", "203.0.113.80", 1450),
        ("tool1", "203.0.113.80", 1500),
        ("tool1", "10.244.2.2", 1450),
        ("node1", "192.168.1.102", 1500),
        ("web", "192.168.1.101", 1500),
    ],
)
def test_path_mtu(source: str, address: str, size: int) -> None:
    assert predict(world(TWO_HOSTS), source, Probe("mtu", address)).outcome == PathMtu(size)


def test_the_smallest_link_decides_wherever_it_is() -> None:
    lab = world(TWO_HOSTS, switches=_switches(9000, 1400))
    assert predict(lab, "node1", Probe("mtu", "192.168.1.102")).outcome == PathMtu(9000)
    assert predict(lab, "node1", Probe("mtu", "203.0.113.80")).outcome == PathMtu(1400)
    assert predict(lab, "pod1", Probe("mtu", "10.244.2.2")).outcome == PathMtu(8950)


def test_a_larger_overlay_is_fragmented_underneath_and_so_holds() -> None:
    lab = world(TWO_HOSTS, pod_network={"mtu": 1500})
    told = predict(lab, "pod1", Probe("mtu", "10.244.2.2"))
    assert told.outcome == PathMtu(1500)
    assert "flannel.1 1500 + 50 encapsulation = 1550 of 1500" in told.reason


def test_the_same_over_an_ipv6_underlay_is_not_predicted() -> None:
    lab = world(DUAL, pod_network={"cidrs": ["10.244.0.0/16", "fd00:10:244::/48"], "mtu": 1450})
    assert predict(lab, "pod1", Probe("mtu", "10.244.2.2")).outcome == PathMtu(1450)
    assert predict(lab, "pod1", Probe("mtu", "fd00:10:244:2::2")).outcome is None


def test_encapsulation_over_ipv6_costs_twenty_bytes_more() -> None:
    assert predict(world(DUAL), "pod1", Probe("mtu", "fd00:10:244:2::2")).outcome == PathMtu(1430)


def test_ends_of_a_cable_that_differ_are_not_predicted() -> None:
    nodes = TWO_HOSTS["nodes"] | {
        "web": {"role": "outside", "links": [{"switch": "isp", "addresses": ["203.0.113.80"], "mtu": 1300}]}
    }
    lab = world(TWO_HOSTS, nodes=nodes)
    assert predict(lab, "node1", Probe("mtu", "203.0.113.80")).outcome is None
    assert predict(lab, "web", Probe("mtu", "192.168.1.101")).outcome == PathMtu(1300)


def test_no_way_has_no_mtu() -> None:
    assert predict(world(TWO_HOSTS), "pod1", Probe("mtu", "172.17.0.2")).outcome == Timeout()
