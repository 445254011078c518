"""Docker networks: what `docker network create` would refuse. Where Docker refuses the same, its words are used."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import combinations

from ..docker_networks import DRIVER_OPTIONS, GATEWAY_BRIDGE, WIRE_MODES
from ..finding import Finding, Path
from ..model import DockerNetwork, Subnet, Topology
from ..nearest import unknown
from ..world import DEFAULT_NETWORK
from .roster import hosts
from .underlay import IPV6_MTU, unusable

__all__ = ["check"]

_RESERVED = (DEFAULT_NETWORK, "host", "none", "default", GATEWAY_BRIDGE, "ingress")
_MODES = ("nat", "nat-unprotected", "routed", "isolated")
_SWITCHED = ("macvlan", "ipvlan")


def check(topology: Topology) -> Iterator[Finding]:
    """Each network by itself, then their subnets against each other. Nothing where there is no Docker."""
    if topology.docker is None:
        return
    for name, network in topology.docker.networks.items():
        path: Path = ("docker", "networks", name)
        yield from _name(path, name)
        yield from _subnets(path, network)
        yield from _options(path, network)
        yield from _parent(path, network, topology)
        yield from _nodes(path, network, topology)
    yield from _overlaps(topology)


def _name(path: Path, name: str) -> Iterator[Finding]:
    if name in _RESERVED:
        yield Finding(path, f"operation is not permitted on predefined {name} network", at_key=True)


def _subnets(path: Path, network: DockerNetwork) -> Iterator[Finding]:
    seen: set[int] = set()
    for i, subnet in enumerate(network.subnets):
        where = (*path, "subnets", i)
        if subnet.version in seen:
            yield Finding(where, f"a network has one prefix of each family, and {subnet} is a second")
        if message := unusable(subnet):
            yield Finding(where, message)
        elif subnet.num_addresses < 4:
            yield Finding(where, f"{subnet} has no room for a gateway and a container")
        seen.add(subnet.version)
    yield from _inside(path, network)
    if network.mtu and network.mtu < IPV6_MTU and (network.ipv6 or 6 in seen):
        yield Finding((*path, "mtu"), f"IPv6 needs an MTU of at least {IPV6_MTU} (RFC 8200), not {network.mtu}")


def _inside(path: Path, network: DockerNetwork) -> Iterator[Finding]:
    """Gateways and the range lie in a subnet that is given."""
    for i, gateway in enumerate(network.gateways):
        if not any(gateway in s for s in network.subnets):
            yield Finding((*path, "gateways", i), f"no matching subnet for gateway {gateway}")
    inside = network.ip_range
    if inside and not any(inside.version == s.version and inside.subnet_of(s) for s in network.subnets):  # type: ignore[arg-type]
        yield Finding((*path, "ip_range"), f"no matching subnet for range {inside}")


def _options(path: Path, network: DockerNetwork) -> Iterator[Finding]:
    known = DRIVER_OPTIONS[network.driver]
    for key, value in network.options.items():
        where = (*path, "options", key)
        if key not in known:
            yield Finding(where, unknown("option", key, known), at_key=True)
        elif message := _value(key, value):
            yield Finding(where, message)
    if "encrypted" in network.options:
        yield Finding((*path, "options", "encrypted"), "an encrypted overlay needs IPsec, which no lab has", True)
    isolated = [k for k, v in network.options.items() if "gateway_mode" in k and v == "isolated"]
    if isolated and not network.internal:
        message = "gateway mode 'isolated' can only be used for an internal network"
        yield Finding((*path, "options", isolated[0]), message)


def _value(key: str, value: str) -> str | None:
    last = key.rpartition(".")[2]
    if last.startswith("gateway_mode") and value not in _MODES:
        return f"one of {', '.join(_MODES)} was expected, not {value!r}"
    if last.startswith("enable_") and value not in ("true", "false"):
        return f"true or false was expected, not {value!r}"
    if last == "mtu" and not (value.isdigit() and 576 <= int(value) <= 65535):
        return f"a number of bytes from 576 on was expected, not {value!r}"
    if last == "name" and not 0 < len(value) < 16:
        return f"an interface name has at most 15 characters, unlike {value!r}"
    if last in WIRE_MODES:
        return _wire_mode(last, value)
    if last == "host_binding_ipv4":
        return _address(value)
    return None


def _wire_mode(option: str, value: str) -> str | None:
    dockers, ours = WIRE_MODES[option]
    if value not in dockers:
        return unknown("mode", value, dockers)
    return None if value == ours else f"{option} {value} is Docker's, but a lab makes none but {ours}"


def _address(text: str) -> str | None:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return f"an IPv4 address was expected, not {text!r}"
    return None


def _parent(path: Path, network: DockerNetwork, topology: Topology) -> Iterator[Finding]:
    if network.driver not in _SWITCHED:
        if network.parent:
            yield Finding((*path, "parent"), f"a {network.driver} network has no parent interface", at_key=True)
        return
    parent = network.parent or network.options.get("parent")
    if not parent:
        message = f"a {network.driver} network needs a `parent`, an interface of its nodes such as eth0"
        yield Finding(path, message, at_key=True)
        return
    if not network.subnets:
        yield Finding(path, f"a {network.driver} network needs the `subnets` of the wire its parent is on", at_key=True)
    for node in topology.nodes.values():
        if node.role == "host" and parent not in (there := [f"eth{i}" for i in range(len(node.links))]):
            yield Finding((*path, "parent"), unknown("interface", parent, there))
            return


def _nodes(path: Path, network: DockerNetwork, topology: Topology) -> Iterator[Finding]:
    for i, node in enumerate(network.nodes):
        if node not in hosts(topology):
            yield Finding((*path, "nodes", i), unknown("host", node, hosts(topology)))


def _overlaps(topology: Topology) -> Iterator[Finding]:
    """Docker's words. A network may be laid over a corporate one outside on purpose: that is a lesson."""
    assert topology.docker
    given: list[tuple[str, DockerNetwork, Subnet, Path]] = [
        (name, network, subnet, ("docker", "networks", name, "subnets", i))
        for name, network in topology.docker.networks.items()
        for i, subnet in enumerate(network.subnets)
    ]
    for i, subnet in enumerate(topology.docker.subnets):
        given.insert(0, (DEFAULT_NETWORK, DockerNetwork(), subnet, ("docker", "subnets", i)))
    for (name, first, one, _), (_, second, other, path) in combinations(given, 2):
        on_same = not first.nodes or not second.nodes or set(first.nodes) & set(second.nodes)
        if one.overlaps(other) and on_same:
            yield Finding(path, f"Pool overlaps with other one on this address space: {other} with {one} of {name!r}")
    for name, network, subnet, path in given:
        if name != DEFAULT_NETWORK and network.driver not in _SWITCHED:
            yield from _on_the_wire(topology, subnet, path)


def _on_the_wire(topology: Topology, subnet: Subnet, path: Path) -> Iterator[Finding]:
    """A host has routes to the wires it is on, and Docker will not take those away."""
    wires = {link.switch for n in topology.nodes.values() if n.role == "host" for link in n.links}
    for wire in sorted(wires & set(topology.switches)):
        if any(s.overlaps(subnet) for s in topology.switches[wire].subnets):
            yield Finding(path, f"Pool overlaps with other one on this address space: {subnet} with switch {wire!r}")
