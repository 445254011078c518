"""Small worlds for the tests of what is pure: each says only what its tests are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from vethlab.addressing import lay_out
from vethlab.model import Topology
from vethlab.world import World

SHIPPED = sorted(Path(__file__).parents[2].joinpath("topologies").glob("*.yml"))

#: Two hosts, a router and one machine outside; containers and pods on both hosts.
TWO_HOSTS: dict[str, Any] = {
    "name": "two-hosts",
    "switches": {
        "lan": {"subnets": ["192.168.1.0/24"]},
        "isp": {"subnets": ["203.0.113.0/24"], "outside": True},
    },
    "nodes": {
        "node": {"count": 2, "links": ["lan"], "runs": ["echo"]},
        "router": {"role": "router", "links": ["lan", "isp"]},
        "web": {"role": "outside", "links": [{"switch": "isp", "addresses": ["203.0.113.80"]}], "runs": ["echo"]},
        "ns": {"role": "outside", "links": [{"switch": "isp", "addresses": ["203.0.113.53"]}]},
    },
    "docker": {},
    "pod_network": "flannel-vxlan",
    "dns": {
        "authoritative": "ns",
        "recursive": "ns",
        "zones": {"example.com": {"@": ["203.0.113.80"], "www": ["203.0.113.80"], "deep.down": ["203.0.113.80"]}},
    },
    "containers": {
        "site": {"per_node": 1, "publish": ["8080:80", "7007:7", "127.0.0.1:7008:7", "5300:7/udp"]},
        "tool": {"per_node": 1, "image": "busybox"},
    },
    "pods": {"pod": {"per_node": 2}},
}

#: The same with IPv6 beside IPv4 everywhere.
DUAL: dict[str, Any] = TWO_HOSTS | {
    "name": "dual",
    "switches": {
        "lan": {"subnets": ["192.168.1.0/24", "fd00:192:168:1::/64"]},
        "isp": {"subnets": ["203.0.113.0/24", "2001:db8:a::/64"], "outside": True},
    },
    "docker": {"subnets": ["172.17.0.0/16", "fd00:172:17::/64"]},
    "pod_network": {"cidrs": ["10.244.0.0/16", "fd00:10:244::/48"]},
}

#: One host alone: nothing to route to, nobody to ask.
ALONE: dict[str, Any] = {
    "name": "alone",
    "switches": {"lan": {"subnets": ["192.168.1.0/24"]}},
    "nodes": {"node1": {"links": ["lan"]}},
    "docker": {},
    "containers": {"site1": {"publish": ["8080:80"]}, "tool1": {}},
}


def topology(document: dict[str, Any], **changes: Any) -> Topology:
    return Topology.model_validate(document | changes)


def world(document: dict[str, Any], **changes: Any) -> World:
    return lay_out(topology(document, **changes))


def shipped(path: Path) -> Topology:
    """A topology of the repository, with the networks its workloads imply."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if document.get("containers"):
        document.setdefault("docker", {})
    if document.get("pods"):
        document.setdefault("pod_network", {})
    return Topology.model_validate(document)
