"""docker0 and the pod network: prefixes that fit, and overlap with nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations

from ..addressing import POD_PREFIX_LENGTH, VXLAN_OVERHEAD, place, pod_mtu, pod_subnet
from ..finding import Finding, Path
from ..model import Container, Docker, PodNetwork, Subnet, Topology
from .roster import roster, sandboxes
from .underlay import IPV6_MTU, unusable

__all__ = ["check"]

#: IFNAMSIZ less its closing zero, less `flannel-v6.`.
_VNI_DIGITS = {4: 15 - len("flannel."), 6: 15 - len("flannel-v6.")}


def check(topology: Topology) -> Iterator[Finding]:
    yield from _overlaps(topology)
    if topology.docker:
        yield from _families(("docker", "subnets"), topology.docker.subnets, "docker0")
        yield from _docker(topology, topology.docker)
    if topology.pod_network:
        yield from _families(("pod_network", "cidrs"), topology.pod_network.cidrs, "the pod network")
        yield from _pod_prefixes(topology, topology.pod_network)
        yield from _tunnels(topology, topology.pod_network)


def _prefixes(topology: Topology) -> Iterator[tuple[Path, str, Subnet]]:
    for name, switch in topology.switches.items():
        for i, subnet in enumerate(switch.subnets):
            yield ("switches", name, "subnets", i), f"switch {name!r}", subnet
    for i, subnet in enumerate(topology.docker.subnets if topology.docker else ()):
        yield ("docker", "subnets", i), "docker0", subnet
    for i, subnet in enumerate(topology.pod_network.cidrs if topology.pod_network else ()):
        yield ("pod_network", "cidrs", i), "the pod network", subnet


def _overlaps(topology: Topology) -> Iterator[Finding]:
    for (_, owner, first), (path, other, second) in combinations(_prefixes(topology), 2):
        if first.overlaps(second):
            yield Finding(path, f"{second} of {other} overlaps {first} of {owner}")


def _families(path: Path, subnets: tuple[Subnet, ...], owner: str) -> Iterator[Finding]:
    if not subnets:
        yield Finding(path, f"{owner} needs at least one prefix")
    seen: set[int] = set()
    for i, subnet in enumerate(subnets):
        if subnet.version in seen:
            yield Finding(
                (*path, i), f"{owner} has one prefix of each family, and {subnet} is a second of IPv{subnet.version}"
            )
        if message := unusable(subnet):
            yield Finding((*path, i), message)
        seen.add(subnet.version)


def _docker(topology: Topology, docker: Docker) -> Iterator[Finding]:
    if docker.mtu < IPV6_MTU and any(s.version == 6 for s in docker.subnets):
        yield Finding(("docker", "mtu"), f"IPv6 needs an MTU of at least {IPV6_MTU} (RFC 8200), not {docker.mtu}")
    for i, subnet in enumerate(docker.subnets):
        if subnet.num_addresses < 4:
            yield Finding(("docker", "subnets", i), f"{subnet} has no room for a gateway and a container")
        else:
            yield from _room(("docker", "subnets", i), subnet, _workloads(topology, "container"), "container")


def _workloads(topology: Topology, kind: str) -> Counter[str]:
    """How many are on docker0, or on the pod network, by node."""
    everyone = sandboxes(topology, kind)
    return Counter(n for _, _, w, n in everyone if not isinstance(w, Container) or not (w.networks or w.network_mode))


def _room(path: Path, subnet: Subnet, wanted: Counter[str], kind: str) -> Iterator[Finding]:
    """Less the network's own address and the gateway; in IPv4 less the broadcast address too."""
    room = subnet.num_addresses - (3 if subnet.version == 4 else 2)
    for node, count in wanted.items():
        if count > room:
            yield Finding(
                path, f"{subnet} has room for {room} {kind}{'s' * (room != 1)} on a node, and {node!r} has {count}"
            )


def _pod_prefixes(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    pods = _workloads(topology, "pod")
    for i, cidr in enumerate(network.cidrs):
        path: Path = ("pod_network", "cidrs", i)
        size = POD_PREFIX_LENGTH[cidr.version]
        last = (1 << max(0, size - cidr.prefixlen)) - 1
        highest = max((p.ordinal or 0 for p in place(topology)), default=0)
        if cidr.prefixlen >= size:
            yield Finding(path, f"{cidr} cannot be cut into a /{size} for each host: a shorter prefix is needed")
        elif highest > last:
            yield Finding(
                path, f"{cidr} has a /{size} for ordinals up to {last}, and there is a host of ordinal {highest}"
            )
        else:
            yield from _room(path, pod_subnet(cidr, 1), pods, "pod")


def _tunnels(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    versions = sorted({cidr.version for cidr in network.cidrs})
    for version in versions:
        lacking = [e.name for e in roster(topology) if e.kind == "host" and version not in e.versions]
        if lacking:
            yield Finding(("pod_network",), _no_underlay(version, lacking[0]))
        if len(str(network.vni)) > _VNI_DIGITS[version]:
            yield Finding(
                ("pod_network", "vni"),
                f"vni {network.vni} is too long: it ends the name of an interface of 15 characters",
            )
    if 6 in versions:
        yield from _ipv6_mtu(topology, network)


def _no_underlay(version: int, node: str) -> str:
    """Two VXLAN devices of one VNI cannot share an outer family (EEXIST), and flannel refuses for the same reason."""
    return f"IPv{version} pods need an IPv{version} address of every host for their tunnel, and {node!r} has none"


def _ipv6_mtu(topology: Topology, network: PodNetwork) -> Iterator[Finding]:
    mtu = pod_mtu(network, min(_host_mtus(topology), default=1500), 6)
    if mtu < IPV6_MTU:
        why = "" if network.mtu else f" (the underlay's, less {VXLAN_OVERHEAD[6]} bytes of VXLAN)"
        path: Path = ("pod_network", "mtu") if network.mtu else ("pod_network",)
        yield Finding(path, f"IPv6 needs an MTU of at least {IPV6_MTU} (RFC 8200), and pods have {mtu}{why}")


def _host_mtus(topology: Topology) -> Iterable[int]:
    for node in topology.nodes.values():
        for link in node.links:
            if node.role == "host" and link.switch in topology.switches:
                yield link.mtu or topology.switches[link.switch].mtu
