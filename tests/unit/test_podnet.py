"""Pod networks, worked out: shares, blocks, routes, and who speaks BGP with whom."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from sample_worlds import world

from vethlab.inventory import inventory
from vethlab.model import POD_NETWORK_TYPES, PodNetwork
from vethlab.outcome import PathMtu, Timeout
from vethlab.podnet import KINDS, cut, shares, speakers
from vethlab.predict import predict
from vethlab.row import Probe
from vethlab.world import World

RACKS: dict[str, Any] = {
    "name": "racks",
    "switches": {
        "rack1": {"subnets": ["192.168.1.0/24"]},
        "rack2": {"subnets": ["192.168.2.0/24"]},
        "core": {"subnets": ["192.168.100.0/24"]},
    },
    "nodes": {
        "node1": {"links": ["rack1"]},
        "node2": {"links": ["rack1"]},
        "node3": {"links": ["rack2"]},
        "router1": {"role": "router", "links": ["rack1", "core"]},
        "router2": {"role": "router", "links": ["rack2", "core"]},
    },
    "pods": {"pod": {"per_node": 1}},
}


def racks(kind: str, **more: Any) -> World:
    return world(RACKS, pod_network={"type": kind, **more})


def ways(lab: World, name: str) -> dict[str, str]:
    """The host whose pods they are, to `gateway` or `gateway dev TUNNEL`."""
    return {r.peer: f"{r.gateway}{f' dev {r.device}' if r.device else ''}" for r in lab.machines[name].pod_routes}


def test_every_type_has_its_kind_and_is_laid_out() -> None:
    assert set(KINDS) == set(POD_NETWORK_TYPES)
    for kind in POD_NETWORK_TYPES:
        pods = racks(kind).machines["node1"].pods
        assert pods
        assert pods.gateways
        assert all(len(v.name) <= 15 for v in pods.vteps)


def test_who_joins_is_given_half_of_the_largest_share() -> None:
    cidr = ip_network("10.32.0.0/12")
    assert {o: str(s) for o, s in shares(cidr, [1, 2, 3]).items()} == {
        1: "10.32.0.0/14",
        2: "10.40.0.0/13",
        3: "10.36.0.0/14",
    }
    everyone = shares(cidr, range(1, 100))
    assert sum(s.num_addresses for s in everyone.values()) == cidr.num_addresses
    assert not any(a.overlaps(b) for i, a in everyone.items() for j, b in everyone.items() if i < j)


def test_blocks_are_cut_by_ordinal() -> None:
    network = PodNetwork.model_validate("calico-bgp")
    assert str(cut(network, ip_network("10.244.0.0/16"), 5, [5])) == "10.244.1.64/26"
    assert str(cut(network, ip_network("fd00:10:244::/48"), 2, [2])) == "fd00:10:244::80/122"


def test_host_gw_has_no_way_across_a_router_and_says_nothing_of_it() -> None:
    lab = racks("flannel-host-gw")
    assert ways(lab, "node1") == {"node2": "192.168.1.102"}
    assert ways(lab, "router1") == {}
    told = predict(lab, "pod1", Probe("icmp", "10.244.3.2"))
    assert told.outcome == Timeout()
    assert "flannel-host-gw" in told.reason
    assert "node3" in told.reason


def test_plain_routes_lead_over_every_router() -> None:
    lab = racks("plain")
    assert ways(lab, "node1") == {"node2": "192.168.1.102", "node3": "192.168.1.1"}
    assert ways(lab, "router1") == {"node1": "192.168.1.101", "node2": "192.168.1.102", "node3": "192.168.100.2"}
    assert predict(lab, "pod1", Probe("mtu", "10.244.3.2")).outcome == PathMtu(1500)


@pytest.mark.parametrize(("kind", "device"), [("calico-vxlan", "vxlan.calico"), ("flannel-vxlan", "flannel.1")])
def test_direct_routing_spares_the_tunnel_within_a_rack(kind: str, device: str) -> None:
    lab = racks(kind, direct_routing=True)
    there = lab.machines["node3"].pods
    assert there
    assert ways(lab, "node1") == {"node2": "192.168.1.102", "node3": f"{there.vteps[0].address} dev {device}"}
    vtep = inventory(lab)["all"]["children"]["hosts"]["hosts"]["node1"]["vteps"][0]
    assert [p["name"] for p in vtep["peers"]] == ["node3"]


def sessions(lab: World, network: PodNetwork) -> dict[str, list[str]]:
    """Each speaker's peers, with `*` at those it reflects to."""
    everyone = speakers(network, lab.machines)
    return {n: [f"{s.peer}{'*' * s.client}" for s in speaker.sessions] for n, speaker in everyone.items()}


@pytest.mark.parametrize(
    ("bgp", "expected"),
    [
        ("mesh", {"node1": ["node2", "node3"], "node2": ["node1", "node3"], "node3": ["node1", "node2"]}),
        ("reflector", {"node1": ["node2*", "node3*"], "node2": ["node1"], "node3": ["node1"]}),
        (
            "rack",
            {
                "router1": ["router2", "node1*", "node2*"],
                "router2": ["router1", "node3*"],
                "node1": ["router1"],
                "node2": ["router1"],
                "node3": ["router2"],
            },
        ),
    ],
)
def test_who_speaks_bgp_with_whom(bgp: Any, expected: dict[str, list[str]]) -> None:
    network = PodNetwork(type="calico-bgp", bgp=bgp)
    lab = racks("calico-bgp", bgp=bgp)
    assert sessions(lab, network) == expected
    everyone = speakers(network, lab.machines)
    assert {everyone[n].number for n in expected} == ({65001, 65002} if bgp == "rack" else {64512})


def test_a_world_without_a_node_knows_nothing_of_it() -> None:
    lab = racks("calico-vxlan").without(["node2"])
    assert set(lab.machines) == {"node1", "node3", "router1", "router2"}
    assert set(lab.sandboxes) == {"pod1", "pod3"}
    assert "node2" not in str(inventory(lab))
    assert "192.168.1.102" not in str(inventory(lab))
    with pytest.raises(KeyError):
        lab.without(["nobody"])
