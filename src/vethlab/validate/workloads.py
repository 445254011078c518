"""Containers and pods: a host to be on, an address of their own, and ports published once."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..addressing import link_addresses, place
from ..catalogue import catalogue
from ..finding import Finding, Path
from ..model import Address, Container, Publication, Subnet, Topology, Workload
from ..podnet import cut, kind_of
from .roster import DNS_PORT, hosts, published, sandboxes

__all__ = ["check"]

_LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@dataclass(slots=True)
class _Host:
    """What is already on a host: its addresses, its part of each network, its ports by protocol and number."""

    addresses: set[Address]
    subnets: dict[str, tuple[Subnet, ...]]
    taken: dict[Address, str] = field(default_factory=dict)
    ports: dict[tuple[str, int], list[tuple[Address | None, str]]] = field(default_factory=dict)


def check(topology: Topology) -> Iterator[Finding]:
    """Where each may be, what runs in it, and for each sandbox its addresses and published ports on its host."""
    for above, declared in (("containers", topology.containers), ("pods", topology.pods)):
        for name, each in declared.items():
            yield from _placement(topology, (above, name), each)
    yield from _runs(topology)
    state = _hosts(topology)
    for kind, above in (("container", "containers"), ("pod", "pods")):
        for name, key, workload, node in sandboxes(topology, kind):
            if node in state:
                if not isinstance(workload, Container) or not (workload.networks or workload.network_mode):
                    yield from _addresses((above, key, "addresses"), name, workload, node, state[node], kind)
                if kind == "container" or topology.cni:
                    yield from _publications((above, key, "publish"), name, workload, node, state[node])


def _placement(topology: Topology, path: Path, workload: Workload) -> Iterator[Finding]:
    kind = str(path[0])[:-1]
    places = hosts(topology)
    if not places:
        yield Finding(path, f"a {kind} needs a node of the role host, and there is none", at_key=True)
    elif workload.node is None and workload.per_node is None and len(places) > 1:
        message = f"`node` or `per_node` was expected: there are {len(places)} hosts {path[1]!r} could be on"
        yield Finding(path, message, at_key=True)
    if workload.addresses and workload.per_node is not None:
        message = "addresses are for one workload: with `per_node` they follow from the order on the node"
        yield Finding((*path, "addresses"), message)


def _runs(topology: Topology) -> Iterator[Finding]:
    for name, node in topology.nodes.items():
        first: dict[tuple[str, int], str] = {}
        for i, image in enumerate(node.runs):
            for protocol in ("tcp", "udp"):
                for port in catalogue()[image].serves(protocol) if image in catalogue() else ():
                    other = first.setdefault((protocol, port), image)
                    if other != image or node.runs.index(image) < i:
                        yield Finding(
                            ("nodes", name, "runs", i),
                            f"port {port}/{protocol} of {image!r} is already taken by {other!r}",
                        )
                        break


def _hosts(topology: Topology) -> dict[str, _Host]:
    found = {}
    docker = topology.docker.subnets if topology.docker else ()
    for placed in place(topology):
        if placed.node.role == "host":
            pods = tuple(_pod_subnets(topology, placed.ordinal or 1))
            routed = topology.pod_network and kind_of(topology.pod_network).wiring == "routed"
            bridged = docker if routed else (*docker, *pods)
            gateways = {s.network_address + 1 for s in bridged if s.num_addresses > 2}
            state = _Host(_underlay(topology, placed.name) | gateways, {"container": docker, "pod": pods})
            state.ports.update(_own_ports(topology, placed.node.runs))
            found[placed.name] = state
    return found


def _pod_subnets(topology: Topology, ordinal: int) -> Iterator[Subnet]:
    network = topology.pod_network
    ordinals = [p.ordinal for p in place(topology) if p.ordinal]
    for cidr in network.cidrs if network else ():
        try:
            assert network
            yield cut(network, cidr, ordinal, ordinals)
        except ValueError:
            continue  # a CIDR too small for its hosts: said of the pod network, not of each pod


def _underlay(topology: Topology, name: str) -> set[Address]:
    found: set[Address] = set()
    for placed in place(topology):
        for link in placed.node.links if placed.name == name else ():
            try:
                found |= {a.ip for a in link_addresses(topology, placed, link)}
            except (KeyError, ValueError):
                continue  # an unknown switch or no address left: said of the link
    return found


def _own_ports(topology: Topology, runs: tuple[str, ...]) -> dict[tuple[str, int], list[tuple[Address | None, str]]]:
    """Ports the host's own programs listen on; dockerd would fail with "address already in use"."""
    ports: dict[tuple[str, int], list[tuple[Address | None, str]]] = {}
    for image in runs:
        for protocol in ("tcp", "udp"):
            for port in catalogue()[image].serves(protocol) if image in catalogue() else ():
                ports[protocol, port] = [(None, f"{image!r}, which the node runs")]
    if topology.dns is not None:
        ports |= {(protocol, DNS_PORT): [(None, "the node's name service")] for protocol in ("tcp", "udp")}
    if topology.pod_network is not None:
        ports["udp", topology.pod_network.port] = [(None, "the VXLAN tunnel of the pods")]
    return ports


def _addresses(path: Path, name: str, workload: Workload, node: str, state: _Host, kind: str) -> Iterator[Finding]:
    if workload.per_node is not None:
        return
    used: set[Subnet] = set()
    for i, address in enumerate(workload.addresses):
        subnet = next((s for s in state.subnets[kind] if address in s), None)
        if message := _unfit(address, subnet, node, state, kind):
            yield Finding((*path, i), message)
        elif subnet in used:
            yield Finding((*path, i), f"{name!r} already has an address in {subnet}")
        elif address in state.taken:
            yield Finding((*path, i), f"{address} is already that of {state.taken[address]!r}")
        if subnet:
            used.add(subnet)
        state.taken.setdefault(address, name)


def _unfit(address: Address, subnet: Subnet | None, node: str, state: _Host, kind: str) -> str | None:
    if subnet is None:
        there = ", ".join(map(str, state.subnets[kind])) or "nothing"
        return f"{address} is not in the {kind} network of {node!r}, which has {there}"
    if address == subnet.network_address:
        return f"{address} is the address of the network {subnet} itself"
    if subnet.version == 4 and address == subnet.broadcast_address:
        return f"{address} is the broadcast address of {subnet}"
    if address == subnet.network_address + 1:
        return f"{address} is the gateway of {subnet}"
    return None


def _publications(path: Path, name: str, workload: Workload, node: str, state: _Host) -> Iterator[Finding]:
    docker0 = isinstance(workload, Container) and not workload.networks
    for i, publication in enumerate(workload.publish):
        if message := _foreign(publication, node, state, docker0):
            yield Finding((*path, i), message)
            continue
        if not publication.host_port:
            continue
        here = state.ports.setdefault((publication.protocol, publication.host_port), [])
        for address, owner in here:
            if address is None or publication.address in (None, address):
                yield Finding((*path, i), f"port {published(publication)} of {node!r} is already taken by {owner}")
                break
        here.append((publication.address, repr(name)))


def _foreign(publication: Publication, node: str, state: _Host, docker0: bool) -> str | None:
    address = publication.address
    if address is None:
        return None
    if address.is_unspecified:
        return f"{address} means every address: leave it out, as in {publication.host_port}:{publication.port}"
    if docker0 and address.version not in {subnet.version for subnet in state.subnets["container"]}:
        return f"docker0 has no IPv{address.version} prefix, so nothing can be published on {address}"
    if address.version == 6 and address.is_loopback:
        return "nothing can be published on ::1: Linux translates no IPv6 loopback addresses"
    if address not in state.addresses and not (address.version == 4 and address in _LOOPBACK):
        there = ", ".join(str(a) for a in sorted(state.addresses, key=lambda a: (a.version, int(a))))
        return f"{node!r} has no address {address} to publish on; it has {there}"
    return None
