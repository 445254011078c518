"""Switches and links: every address in its subnet and given once, one MTU on a segment."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ..addressing import Placed, link_addresses, place
from ..finding import Finding, Path
from ..model import Address, Link, Node, Subnet, Switch, Topology

__all__ = ["IPV6_MTU", "check", "unusable"]

#: The smallest MTU IPv6 works over (RFC 8200, section 5).
IPV6_MTU = 1280

_NOT_UNICAST = tuple(map(ipaddress.ip_network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
_NOT_UNICAST_6 = tuple(map(ipaddress.ip_network, ("::/8", "fe80::/10", "ff00::/8")))


def check(topology: Topology) -> Iterator[Finding]:
    """Switches, the links to them, one MTU on each segment, and no address twice."""
    for name, switch in topology.switches.items():
        yield from _switch(name, switch)
    for name, node in topology.nodes.items():
        yield from _twice(name, node)
        for i, link in enumerate(node.links):
            if link.switch in topology.switches:
                yield from _link(("nodes", name, "links", i), node, link, topology.switches[link.switch])
    yield from _mtus(topology)
    yield from _addresses(topology)


def unusable(subnet: Subnet) -> str | None:
    """What a prefix is that no segment of a lab can have, or None."""
    reserved = _NOT_UNICAST if subnet.version == 4 else _NOT_UNICAST_6
    within = next((r for r in reserved if r.overlaps(subnet)), None)
    return f"{subnet} lies in {within}, which no segment can have" if within else None


def _switch(name: str, switch: Switch) -> Iterator[Finding]:
    for i, subnet in enumerate(switch.subnets):
        if message := unusable(subnet):
            yield Finding(("switches", name, "subnets", i), message)
    if switch.mtu < IPV6_MTU and any(subnet.version == 6 for subnet in switch.subnets):
        message = f"IPv6 needs an MTU of at least {IPV6_MTU} (RFC 8200), and switch {name!r} has {switch.mtu}"
        yield Finding(("switches", name, "mtu"), message)


def _twice(name: str, node: Node) -> Iterator[Finding]:
    switches = [link.switch for link in node.links]
    for i, switch in enumerate(switches):
        if switch in switches[:i]:
            yield Finding(("nodes", name, "links", i), f"node {name!r} is already plugged into switch {switch!r}")


def _link(path: Path, node: Node, link: Link, switch: Switch) -> Iterator[Finding]:
    if link.addresses and node.count is not None:
        message = "addresses are for one node: with `count` they follow from the ordinal"
        yield Finding((*path, "addresses"), message)
    for i, address in enumerate(link.addresses):
        if wrong := _misplaced(address, switch.subnets, link.switch):
            yield Finding((*path, "addresses", i), wrong)
        elif address in link.addresses[:i]:
            yield Finding((*path, "addresses", i), f"{address} is already given")
    if link.mtu and link.mtu < IPV6_MTU and any(subnet.version == 6 for subnet in switch.subnets):
        yield Finding((*path, "mtu"), f"IPv6 needs an MTU of at least {IPV6_MTU} (RFC 8200), not {link.mtu}")


def _misplaced(address: Address, subnets: tuple[Subnet, ...], switch: str) -> str | None:
    subnet = next((s for s in subnets if address in s), None)
    if subnet is None:
        return f"{address} is in no subnet of switch {switch!r}, which has {', '.join(map(str, subnets))}"
    if subnet.num_addresses > 2 and address == subnet.network_address:
        return f"{address} is the address of the network {subnet} itself"
    if subnet.version == 4 and subnet.num_addresses > 2 and address == subnet.broadcast_address:
        return f"{address} is the broadcast address of {subnet}"
    return None


def _mtus(topology: Topology) -> Iterator[Finding]:
    """A switch drops what is longer than the port it goes out of, and tells nobody: no PMTU discovery on a segment."""
    first: dict[str, tuple[str, int]] = {}
    for name, node in topology.nodes.items():
        for i, link in enumerate(node.links):
            if link.switch not in topology.switches:
                continue
            mtu = link.mtu or topology.switches[link.switch].mtu
            other, its = first.setdefault(link.switch, (name, mtu))
            if mtu != its:
                path: Path = ("nodes", name, "links", i, *(("mtu",) if link.mtu else ()))
                yield Finding(
                    path, f"one MTU for all of switch {link.switch!r} was expected: {other!r} has {its}, {name!r} {mtu}"
                )


def _addresses(topology: Topology) -> Iterator[Finding]:
    taken: dict[Address, str] = {}
    ordinals: set[int] = set()
    for placed in place(topology):
        if placed.ordinal in ordinals:
            continue  # an ordinal given twice is said once, of the ordinal
        ordinals |= {placed.ordinal} if placed.ordinal else set()
        for i, link in enumerate(placed.node.links):
            if link.switch in topology.switches and not (link.addresses and placed.node.count):
                yield from _given(topology, placed, i, link, taken)


def _given(topology: Topology, placed: Placed, i: int, link: Link, taken: dict[Address, str]) -> Iterator[Finding]:
    path: Path = ("nodes", placed.key, "links", i)
    try:
        addresses = {a.ip for a in link_addresses(topology, placed, link)}
    except ValueError as error:
        yield Finding(path, f"{placed.name!r}: {error}, or `addresses` under the link")
        return
    for address in sorted(addresses, key=str):
        owner = taken.setdefault(address, placed.name)
        if owner != placed.name:
            hint = "" if address in link.addresses else ": give `addresses` under the link"
            yield Finding(path, f"{address} for {placed.name!r} is already that of {owner!r}{hint}")
