"""The pod network: prefixes that can be cut for every host, and tunnels that can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..addressing import place
from ..finding import Finding, Path
from ..ipam import Exhausted
from ..model import PodNetwork, Subnet, Topology
from ..podnet import Wish, assign, kind_of, length_of, pod_mtu, pod_subnet, shares
from .room import room, workloads
from .roster import roster, sandboxes
from .underlay import IPV6_MTU

__all__ = ["check"]

#: IFNAMSIZ less its closing zero.
_LONGEST = 15


def check(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    """`network` is the topology's: its prefixes, what its tunnels need, its options."""
    yield from (_shares if kind_of(network).wiring == "flat" else _pod_prefixes)(topology, network)
    yield from _tunnels(topology, network)
    yield from _options(topology, network)


def _pod_prefixes(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    pods = workloads(topology, "pod")
    for i, cidr in enumerate(network.cidrs):
        path: Path = ("pod_network", "cidrs", i)
        size = length_of(network, cidr.version)
        last = (1 << max(0, size - cidr.prefixlen)) - 1
        highest = max((p.ordinal or 0 for p in place(topology)), default=0)
        if cidr.prefixlen >= size:
            yield Finding(path, f"{cidr} cannot be cut into a /{size} for each host: a shorter prefix is needed")
        elif highest > last:
            yield Finding(
                path, f"{cidr} has a /{size} for ordinals up to {last}, and there is a host of ordinal {highest}"
            )
        elif kind_of(network).blocks:
            yield from _blocks(topology, network, cidr, path)
        else:
            yield from room(path, pod_subnet(cidr, 1, size), pods, "pod")


def _blocks(topology: Topology, network: PodNetwork, cidr: Subnet, path: Path) -> Iterator[Finding]:
    """Whether everybody gets an address, of a block of its host's own or of another's."""
    hosts = {p.name: p.ordinal for p in place(topology) if p.ordinal}
    everyone = [Wish(name, host) for name, _, _, host in sandboxes(topology, "pod") if host in hosts]
    try:
        assign(network.model_copy(update={"cidrs": (cidr,)}), hosts, everyone)
    except Exhausted as error:
        yield Finding(path, str(error))


def _shares(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    """Of a flat network: whether the smallest share has room for every host's pods."""
    ordinals = [p.ordinal for p in place(topology) if p.ordinal]
    for i, cidr in enumerate(network.cidrs):
        path: Path = ("pod_network", "cidrs", i)
        if ordinals and cidr.max_prefixlen - cidr.prefixlen < len(ordinals).bit_length() + 2:
            yield Finding(path, f"{cidr} is too small for {len(ordinals)} hosts to share: a shorter prefix is needed")
        elif ordinals:
            smallest = max(shares(cidr, ordinals).values(), key=lambda s: s.prefixlen)
            yield from room(path, smallest, workloads(topology, "pod"), "pod")


def _tunnels(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    """Also without a tunnel: the next hop of a route is of the destination's family."""
    versions, kind = sorted({cidr.version for cidr in network.cidrs}), kind_of(network)
    for version in versions:
        if version not in kind.versions:
            yield Finding(("pod_network", "cidrs"), f"{network.type} carries IPv4 only")
            continue
        lacking = [e.name for e in roster(topology) if e.kind == "host" and version not in e.versions]
        if lacking:
            yield Finding(("pod_network",), _no_underlay(version, lacking[0]))
        device = kind.device.get(version, "").format(vni=network.vni, port=network.port)
        if len(device) > _LONGEST:
            yield Finding(
                ("pod_network", "vni"),
                f"vni {network.vni} is too long: it ends the name of an interface of 15 characters",
            )
    if 6 in versions:
        yield from _ipv6_mtu(topology, network)


def _options(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    """Keys that mean nothing to this type."""
    kind = kind_of(network)
    if network.direct_routing and (kind.encapsulation is None or kind.wiring in ("flat", "switch")):
        yield Finding(("pod_network", "direct_routing"), f"{network.type} has no tunnel that direct routes could spare")
    if network.bgp != "mesh" and network.type != "calico-bgp":
        yield Finding(("pod_network", "bgp"), f"{network.type} does not speak BGP; calico-bgp does")
    if network.model_fields_set & {"block_size", "strict_affinity"} and not kind.blocks:
        key = "block_size" if "block_size" in network.model_fields_set else "strict_affinity"
        yield Finding(("pod_network", key), f"{network.type} knows no blocks of addresses; Calico's types do")
    if network.bgp == "rack" and network.type == "calico-bgp":
        for name in _without_router(topology):
            yield Finding(("pod_network", "bgp"), f"every host peers with a router on its switch: {name!r} has none")


def _without_router(topology: Topology) -> Iterator[str]:
    routed = {link.switch for node in topology.nodes.values() if node.role == "router" for link in node.links}
    for name, node in topology.nodes.items():
        if node.role == "host" and not routed & {link.switch for link in node.links}:
            yield name


def _no_underlay(version: int, node: str) -> str:
    """Two VXLAN devices of one VNI cannot share an outer family (EEXIST), and flannel refuses for the same reason."""
    return f"IPv{version} pods need an IPv{version} address of every host for their tunnel, and {node!r} has none"


def _ipv6_mtu(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    mtu = pod_mtu(network, min(_host_mtus(topology), default=1500), 6)
    if mtu < IPV6_MTU:
        overhead = kind_of(network).overhead.get(6, 0)
        why = "" if network.mtu else f" (the underlay's, less {overhead} bytes of VXLAN)" if overhead else ""
        path: Path = ("pod_network", "mtu") if network.mtu else ("pod_network",)
        yield Finding(path, f"IPv6 needs an MTU of at least {IPV6_MTU} (RFC 8200), and pods have {mtu}{why}")


def _host_mtus(topology: Topology) -> Iterable[int]:
    for node in topology.nodes.values():
        for link in node.links:
            if node.role == "host" and link.switch in topology.switches:
                yield link.mtu or topology.switches[link.switch].mtu
