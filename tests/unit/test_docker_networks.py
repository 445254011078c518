"""Docker's networks and the containers on them, worked out."""

from __future__ import annotations

from typing import Any

import pytest
from sample_worlds import TWO_HOSTS, world

from vethlab.model import Container, Publication
from vethlab.world import World

CONTAINERS: dict[str, Any] = {
    "web": {
        "node": "node1",
        "networks": ["front", {"name": "back", "gateway_priority": 1}],
        "publish": ["80", "80-81:80-81"],
    },
    "db": {"node": "node1", "networks": [{"name": "back", "aliases": ["sql"], "addresses": ["172.19.0.9"]}]},
    "far": {"node": "node2", "networks": ["front", "hall"]},
    "side": {"node": "node1", "network_mode": "container:db"},
    "bare": {"node": "node1", "network_mode": "host"},
    "shut": {"node": "node1", "network_mode": "none"},
    "old": {"node": "node1"},
    "wired": {"node": "node1", "networks": ["wire"]},
}
NETWORKS: dict[str, Any] = {
    "hall": {"driver": "overlay"},
    "front": {"subnets": ["172.30.0.0/16"], "ip_range": "172.30.5.0/24"},
    "back": {},
    "wire": {"driver": "macvlan", "parent": "eth0", "subnets": ["192.168.1.0/24"], "gateways": ["192.168.1.1"]},
}


@pytest.fixture(scope="module")
def laid() -> World:
    return world(TWO_HOSTS | {"docker": {"networks": NETWORKS}, "containers": CONTAINERS, "pods": {}, "expect": []})


def addresses(laid: World, name: str) -> list[str]:
    return [str(a) for a in laid.sandboxes[name].addresses]


def test_networks_in_order_with_dockers_pools(laid: World) -> None:
    found = {n.name: str(n.subnets[0]) for n in laid.machines["node1"].networks}
    assert found == {
        "bridge": "172.17.0.0/16",
        "docker_gwbridge": "172.18.0.0/16",
        "hall": "10.0.1.0/24",
        "front": "172.30.0.0/16",
        "back": "172.19.0.0/16",
        "wire": "192.168.1.0/24",
    }


def test_bridges_are_named_by_the_id(laid: World) -> None:
    one, other = (laid.machines[n].network("front") for n in ("node1", "node2"))
    assert one.bridge
    assert one.bridge.name == f"br-{one.id[:12]}"
    assert len(one.id) == 64
    assert one.id != other.id
    assert laid.machines["node1"].network("hall").id == laid.machines["node2"].network("hall").id


def test_the_overlay_costs_fifty_bytes(laid: World) -> None:
    hall = laid.machines["node1"].network("hall")
    assert (hall.mtu, hall.vtep and hall.vtep.vni, hall.vtep and hall.vtep.port) == (1450, 4097, 4789)


def test_the_highest_priority_has_the_default_route(laid: World) -> None:
    web = laid.sandboxes["web"]
    assert [n.name for n in web.nics] == ["eth0", "eth1"]
    assert addresses(laid, "web") == ["172.19.0.2/16", "172.30.5.0/16"]
    assert [str(g) for g in web.gateways] == ["172.19.0.1"]


def test_an_overlay_has_its_way_out_by_the_gateway_bridge(laid: World) -> None:
    far = laid.sandboxes["far"]
    assert [n.network for n in far.nics] == ["front", "hall", "docker_gwbridge"]
    assert [n.network for n in far.nics if n.gateways] == ["docker_gwbridge"]


def test_ports_are_picked_past_those_given(laid: World) -> None:
    assert [str(p) for p in laid.sandboxes["web"].publish] == ["32768:80/tcp", "80:80/tcp", "81:81/tcp"]


def test_borrowed_interfaces(laid: World) -> None:
    assert addresses(laid, "side") == addresses(laid, "db") == ["172.19.0.9/16"]
    assert addresses(laid, "bare") == ["192.168.1.101/24"]
    assert addresses(laid, "shut") == []
    assert addresses(laid, "wired") == ["192.168.1.2/24"]


def test_who_has_the_embedded_name_server(laid: World) -> None:
    assert {s.name for s in laid.sandboxes.values() if s.embedded_dns} == {"web", "db", "far", "side", "wired"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", [(0, 80)]),
        ("8080:80", [(8080, 80)]),
        ("8000-8001:80-81", [(8000, 80), (8001, 81)]),
        ("127.0.0.1::80", [(0, 80)]),
        ("80-81", [(0, 80), (0, 81)]),
    ],
)
def test_publications(text: str, expected: list[tuple[int, int]]) -> None:
    assert [(p.host_port, p.port) for p in Container(publish=[text]).publish] == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["80/tcp", "8080:80/udp", "127.0.0.1::80/tcp", "[fd00::1]:53:53/udp"])
def test_publications_are_written_as_they_are_read(text: str) -> None:
    (found,) = Container(publish=[text]).publish  # type: ignore[arg-type]
    assert isinstance(found, Publication)
    assert str(found) == text
