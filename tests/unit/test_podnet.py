"""Pod networks, worked out: shares, blocks, routes, and who speaks BGP with whom."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from sample_worlds import world

from vethlab.inventory import inventory
from vethlab.ipam import Exhausted
from vethlab.model import POD_NETWORK_TYPES, PodNetwork
from vethlab.outcome import PathMtu, Reached, Timeout, Unreachable
from vethlab.podnet import KINDS, Wish, assign, cut, shares, speakers
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


def test_who_asks_for_an_address_has_it_and_the_others_go_round_it() -> None:
    """A host's block is full when three of four have one, for the first is its tunnel's; then others' are borrowed."""
    network = PodNetwork.model_validate({"type": "calico-vxlan", "cidrs": ["10.244.0.0/29"], "block_size": 30})
    hosts, wanted = {"node0": 0, "node1": 1}, ip_address("10.244.0.6")
    wishes = [*(Wish(f"pod{n}", "node1") for n in range(3)), Wish("fixed", "node1", (wanted,))]
    (pool,) = assign(network, hosts, wishes)
    given = {a.owner: str(a.address) for a in pool.allocations.values()}
    assert [given[w.pod] for w in wishes] == ["10.244.0.5", "10.244.0.7", "10.244.0.1", "10.244.0.6"]
    assert [str(a) for a in pool.borrowed_by("node1")] == ["10.244.0.1"]
    with pytest.raises(Exhausted, match=r"no block of 10\.244\.0\.0/29 is left for node1"):
        assign(network.model_copy(update={"strict_affinity": True}), hosts, wishes)


def test_a_borrowed_address_is_announced_alone_and_its_block_whole() -> None:
    small = {"type": "calico-vxlan", "cidrs": ["10.244.0.0/28"], "block_size": 30}
    lab = world(RACKS, pod_network=small, pods={"many": {"node": "node1", "per_node": 8}})
    pods = lab.machines["node1"].pods
    assert pods
    assert [str(p) for p in pods.announced] == ["10.244.0.4/30", "10.244.0.0/30", "10.244.0.9/32"]
    told = inventory(lab)["all"]["children"]["hosts"]["hosts"]
    peers = [p["prefix"] for p in told["node2"]["vteps"][0]["peers"] if p["name"] == "node1"]
    assert peers == ["10.244.0.4/30", "10.244.0.0/30", "10.244.0.9/32"]
    assert {"to": "10.244.0.0/30", "kind": "blackhole"} in told["node1"]["pod_routes"]
    assert {"to": "10.244.0.9/32", "kind": "blackhole"} not in told["node1"]["pod_routes"]


def test_a_host_without_a_way_there_does_not_answer_for_the_gateway_of_its_pods() -> None:
    """Proxy ARP asks the host's own routes: without a default route there is no answer, and no way out for the pod."""
    alone = {
        "name": "alone",
        "switches": {"lan": {"subnets": ["192.168.1.0/24"]}},
        "nodes": {"node": {"count": 2, "links": ["lan"]}},
        "pod_network": "calico-bgp",
        "pods": {"pod": {"per_node": 1}},
    }
    probe = Probe("tcp", "10.244.0.129", 7)
    assert predict(world(alone), "pod1", probe).outcome == Unreachable("host")
    routed = alone["nodes"] | {"router": {"role": "router", "links": ["lan"]}}  # type: ignore[operator]
    assert predict(world(alone, nodes=routed), "pod1", probe).outcome == Reached("10.244.0.65", "pod2")


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


def test_with_its_last_peer_a_host_is_told_of_an_empty_list() -> None:
    """Not of none: what there was must go."""
    lab = racks("flannel-host-gw").without(["node2", "node3"])
    document = inventory(lab)["all"]["children"]
    assert document["hosts"]["hosts"]["node1"]["pod_routes"] == []
    assert "node1" in document["pod_routers"]["hosts"]
