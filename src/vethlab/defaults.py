"""What a topology leaves to vethlab: a docker0 where there are containers, a pod network where there are pods."""

from __future__ import annotations

import ipaddress

from .model import Docker, PodNetwork, Topology

__all__ = ["complete"]

#: For hosts without IPv4: flannel sends IPv6 pods over IPv6, and IPv4 pods over IPv4.
_IPV6_PODS = (ipaddress.ip_network("fd00:10:244::/48"),)


def complete(topology: Topology) -> Topology:
    """The topology with its defaults written out; itself if nothing was left open."""
    missing: dict[str, Docker | PodNetwork] = {}
    if topology.containers and topology.docker is None:
        missing["docker"] = Docker()
    if topology.pods and topology.pod_network is None:
        missing["pod_network"] = PodNetwork() if _has_ipv4(topology) else PodNetwork(cidrs=_IPV6_PODS)
    return topology.model_copy(update=missing) if missing else topology


def _has_ipv4(topology: Topology) -> bool:
    links = [link for node in topology.nodes.values() if node.role == "host" for link in node.links]
    known = [topology.switches[link.switch] for link in links if link.switch in topology.switches]
    return any(subnet.version == 4 for switch in known for subnet in switch.subnets)
