"""Random small topologies: the worlds nobody thought of. The same seed gives the same world on every Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, TypeVar

from .addressing import lay_out
from .defaults import complete
from .model import Topology
from .podnet import KINDS

__all__ = ["generate"]

T = TypeVar("T")
Document = dict[str, Any]

#: Prefixes for each segment, disjoint whichever are drawn. The first of each has room for addresses by ordinal.
_LANS = {
    4: (
        ("192.168.1.0/24", "10.1.0.0/22", "172.20.5.64/26", "10.9.8.16/28"),
        ("192.168.2.0/24", "10.2.4.0/23", "172.20.6.128/25", "10.9.8.48/28"),
    ),
    6: (
        ("fd00:192:168:1::/64", "fd00:1::/112", "fd00:1:2:30::/60", "fd00:1:2:13::40/122"),
        ("fd00:192:168:2::/64", "fd00:2::/112", "fd00:2:2:30::/60", "fd00:2:2:13::40/122"),
    ),
}
_CORE = {4: "192.168.100.0/29", 6: "fd00:192:168:100::/64"}
_OUTSIDE = {4: ("203.0.113.0/24", "198.51.100.0/24"), 6: ("2001:db8:a::/64", "2001:db8:b::/64")}
_DOCKER = {4: ("172.17.0.0/16", "10.200.16.0/20", "192.168.200.32/27"), 6: ("fd00:172:17::/64", "fd00:d0c::/80")}
_PODS = {4: ("10.244.0.0/16", "10.100.0.0/20"), 6: ("fd00:10:244::/48", "fd00:90d5::/56")}
_PUBLICATIONS = ("8080:80", "7007:7", "7007:7/udp", "127.0.0.1:9090:80", "7000:9")


@dataclass(frozen=True)
class _Draw:
    """Choices out of `random.Random.random` alone, whose sequence Python promises to keep (random)."""

    source: random.Random

    def chance(self, probability: float) -> bool:
        return self.source.random() < probability

    def one(self, choices: Sequence[T]) -> T:
        return choices[int(self.source.random() * len(choices))]

    def some(self, choices: Sequence[T]) -> list[T]:
        return [choice for choice in choices if self.chance(0.5)]

    def number(self, low: int, high: int) -> int:
        return low + int(self.source.random() * (high - low + 1))


def generate(seed: int) -> Topology:
    """A small valid topology: 1 to 4 hosts on 1 or 2 switches, at least two endpoints, IPv4, IPv6 or both.

    Drawn are the prefixes, ordinals, MTUs, routers, an outside with or without name servers, docker0, pods, and
    publications. There is no `expect`: what must happen is for the prediction to say.
    """
    draw = _Draw(random.Random(seed))
    versions = draw.one(((4,), (4,), (6,), (4, 6), (4, 6)))
    hosts = draw.number(1, 4)
    document: Document = {"name": f"random-{seed % 10**9}", "title": f"Random world of seed {seed}"}
    document |= {"switches": {}, "nodes": {}}
    lans = _lans(draw, document, versions, draw.number(1, 2) if hosts > 1 else 1)
    _hosts(draw, document, hosts, lans)
    _routers(draw, document, versions, lans)
    _networks(draw, document, versions)
    _workloads(draw, document)
    _name_service(draw, document)
    _classic_or_given(document)
    return _bound(draw, document)


def _lans(draw: _Draw, document: Document, versions: Sequence[int], count: int) -> list[str]:
    for i in range(count):
        subnets = [draw.one(_LANS[version][i]) for version in versions]
        document["switches"][f"lan{i + 1}"] = {"subnets": subnets, "mtu": draw.one((1500, 1500, 1500, 9000, 1400))}
    return list(document["switches"])


def _hosts(draw: _Draw, document: Document, count: int, lans: list[str]) -> None:
    ordinals = draw.chance(0.3)
    for i in range(count):
        link = {"switch": lans[i] if i < len(lans) else draw.one(lans)}
        node: Document = {"links": [link], "runs": ["echo"] if draw.chance(0.9) else []}
        document["nodes"][f"node{i + 1}"] = node | ({"ordinal": 2 * i + draw.number(1, 2)} if ordinals else {})


def _routers(draw: _Draw, document: Document, versions: Sequence[int], lans: list[str]) -> None:
    """One router for both switches, or one each with a core between; where there is one switch, perhaps none."""
    outside = draw.chance(0.6)
    if len(lans) == 1 and not outside and draw.chance(0.7):
        return
    names = ["router1"]
    document["nodes"]["router1"] = {"role": "router", "links": [{"switch": lan} for lan in lans]}
    if len(lans) == 2 and draw.chance(0.5):
        names.append("router2")
        document["switches"]["core"] = {"subnets": [_CORE[v] for v in versions], "mtu": draw.one((1500, 1500, 1400))}
        for name, lan in zip(names, lans, strict=True):
            document["nodes"][name] = {"role": "router", "links": [{"switch": lan}, {"switch": "core"}]}
    if outside:
        _outside(draw, document, versions, draw.one(names))


def _outside(draw: _Draw, document: Document, versions: Sequence[int], router: str) -> None:
    reach = versions if draw.chance(0.8) else versions[:1]
    for i in range(draw.number(1, 2)):
        name = f"isp{i + 1}"
        document["switches"][name] = {"subnets": [_OUTSIDE[v][i] for v in reach], "outside": True}
        document["nodes"][router]["links"].append({"switch": name})
        runs = ["echo"] if i == 0 or draw.chance(0.7) else []
        document["nodes"][f"web{i + 1}"] = {"role": "outside", "links": [{"switch": name}], "runs": runs}


def _networks(draw: _Draw, document: Document, versions: Sequence[int]) -> None:
    if draw.chance(0.75):
        families = draw.one((versions, (4,), (4, 6) if 6 in versions else (4,)))
        document["docker"] = {"subnets": [draw.one(_DOCKER[v]) for v in families]}
        document["docker"]["mtu"] = draw.one((1500, 1500, 1400))
    if draw.chance(0.75) or "docker" not in document:
        families = versions if draw.chance(0.8) else versions[:1]
        network: Document = {"cidrs": [draw.one(_PODS[v]) for v in families]}
        smallest = min(switch.get("mtu", 1500) for switch in document["switches"].values())
        if draw.chance(0.7):
            network["mtu"] = smallest - KINDS["flannel-vxlan"].overhead[max(families)] - draw.one((0, 0, 0, 8))
        document["pod_network"] = network


def _workloads(draw: _Draw, document: Document) -> None:
    nodes = [name for name in document["nodes"] if name.startswith("node")]
    if "docker" in document:
        has_ipv4 = any("." in subnet for subnet in document["docker"]["subnets"])
        publish = [p for p in draw.some(_PUBLICATIONS) if has_ipv4 or "127" not in p]
        document["containers"] = {"site": {"per_node": 1, "publish": publish}}
        if draw.chance(0.6):
            tool = {"node": draw.one(nodes), "image": draw.one(("echo", "echo", "busybox"))}
            document["containers"]["tool"] = tool
    if "pod_network" in document:
        document["pods"] = {"pod": {"per_node": draw.number(1, 2)}}
        if draw.chance(0.3):
            document["pods"]["lone"] = {"node": draw.one(nodes), "image": draw.one(("echo", "busybox"))}


def _name_service(draw: _Draw, document: Document) -> None:
    if not draw.chance(0.6):
        return
    document["dns"] = {"domain": draw.one(("lab.internal", "lab.internal", "example.test"))}
    if "isp1" in document["switches"] and draw.chance(0.6):
        isp = draw.one([name for name in document["switches"] if name.startswith("isp")])
        document["nodes"]["ns"] = {"role": "outside", "links": [{"switch": isp}]}
        document["nodes"]["resolver"] = {"role": "outside", "links": [{"switch": "isp1"}]}
        zones = {"example.com": {"@": ["203.0.113.80"], "www": ["203.0.113.80", "2001:db8:a::80"]}}
        document["dns"] |= {"authoritative": "ns", "recursive": "resolver", "zones": zones}


def _classic_or_given(document: Document) -> None:
    """In a prefix without room for the ordinals, every link gets an address of its own, counted from the first."""
    for name, switch in document["switches"].items():
        links = [link for node in document["nodes"].values() for link in node["links"] if link["switch"] == name]
        for subnet in switch["subnets"]:
            if subnet in (_LANS[4][0][0], _LANS[4][1][0], _LANS[6][0][0], _LANS[6][1][0], *_OUTSIDE[4], *_OUTSIDE[6]):
                continue
            for number, link in enumerate(links, 1):
                link.setdefault("addresses", []).append(_nth(subnet, number))


def _nth(subnet: str, number: int) -> str:
    network = ip_network(subnet)
    return str(network.network_address + number)


def _bound(draw: _Draw, document: Document) -> Topology:
    """Sometimes one more container, published on one address of its host only: known once the world is laid out."""
    topology = complete(Topology.model_validate(document))
    if topology.docker is None or not draw.chance(0.3):
        return topology
    host = draw.one(list(lay_out(topology).hosts()))
    versions = {subnet.version for subnet in topology.docker.subnets}
    addresses = [a for a in host.addresses if a.version in versions]
    if addresses:
        address = draw.one(addresses)
        publish = f"[{address}]:8000:80" if address.version == 6 else f"{address}:8000:80"
        document["containers"]["bound"] = {"node": host.name, "publish": [publish]}
    return complete(Topology.model_validate(document))
