"""Containers worked out: on which networks, with which addresses and names, and what they publish.

network_mode host        the host's interfaces, its network namespace
             none        a namespace of its own, with nothing in it
             container:X X's interfaces, its network namespace
networks                 eth0, eth1, … in the order of the file; one of them gives the default route
neither                  eth0 on docker0
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from .docker_networks import GATEWAY_BRIDGE
from .model import Address, Attachment, Container, Publication, Subnet
from .ordinals import mac_of, nth, with_prefix
from .world import DEFAULT_NETWORK, HostNetwork, InterfaceAddress, Machine, Nic, Resolving, Sandbox

__all__ = [
    "EPHEMERAL",
    "HOST_GATEWAY",
    "Allocator",
    "Exhausted",
    "bare",
    "container",
    "lead",
    "make_nics",
    "places",
    "settle",
    "with_way_out",
]

#: The first port Docker picks by itself (ip(7), ip_local_port_range).
EPHEMERAL = 32768
#: In `add_host`, the address of the host as containers see it.
HOST_GATEWAY = "host-gateway"


class Exhausted(ValueError):
    """`network` has no address left."""

    def __init__(self, network: HostNetwork, words: str) -> None:
        super().__init__(words)
        self.network = network


@dataclass(slots=True)
class Allocator:
    """Addresses and host ports in use. A network that hosts share has one space of addresses, any other one a host."""

    used: dict[tuple[str, str], set[Address]] = field(default_factory=dict)
    last: dict[tuple[str, str, Subnet], int] = field(default_factory=dict)
    ports: dict[str, set[int]] = field(default_factory=dict)
    balanced: set[tuple[str, str]] = field(default_factory=set)

    def reserve(self, node: str, network: HostNetwork, addresses: Iterable[Address]) -> None:
        """Nobody else gets these."""
        self.used.setdefault(_space(node, network), set()).update(addresses)

    def next(self, node: str, network: HostNetwork, subnet: Subnet) -> Address:
        """The next address of the network's range. Raises Exhausted when there is none left."""
        space = _space(node, network)
        used = self.used.setdefault(space, set()) | set(network.gateways)
        pool = next(r for r in network.ranges if r.version == subnet.version and r.network_address in subnet)
        first = 1 if pool.network_address == subnet.network_address else 0
        number = self.last.get((*space, pool), first - 1) + 1
        try:
            while nth(pool, number) in used:
                number += 1
        except ValueError as error:
            raise Exhausted(network, str(error)) from None
        self.last[*space, pool] = number
        self.used[space].add(nth(pool, number))
        return nth(pool, number)

    def balance(self, node: str, network: HostNetwork) -> None:
        """Swarm's load balancer takes an address on each node of an overlay, when its first container comes there."""
        if network.driver != "overlay" or (node, network.name) in self.balanced:
            return
        self.balanced.add((node, network.name))
        for subnet in network.subnets:
            self.next(node, network, subnet)

    def port(self, node: str, publication: Publication) -> Publication:
        """The publication with a host port, picked where it leaves that to the host."""
        used = self.ports.setdefault(node, set())
        host_port = publication.host_port or next(p for p in range(EPHEMERAL, 61000) if p not in used)
        used.add(host_port)
        return publication.model_copy(update={"host_port": host_port})


def _space(node: str, network: HostNetwork) -> tuple[str, str]:
    return ("" if network.driver != "bridge" else node, network.name)


def places(declared: Container) -> tuple[Attachment, ...]:
    """The networks it is to be on, in order."""
    if declared.network_mode:
        return ()
    return declared.networks or (Attachment(name=DEFAULT_NETWORK, addresses=declared.addresses),)


def with_way_out(attached: tuple[Attachment, ...], host: Machine) -> tuple[Attachment, ...]:
    """Behind those on overlays one on the gateway bridge."""
    joined = [host.network(a.name) for a in attached]
    way_out = any(n.driver == "overlay" and not n.internal for n in joined)
    return (*attached, *((Attachment(name=GATEWAY_BRIDGE),) if way_out else ()))


def container(name: str, declared: Container, host: Machine, index: int, allocator: Allocator) -> Sandbox:
    """One container; what it has of others (`network_mode`) is filled in by `settle`."""
    made = bare(name, declared, host, index)
    nics = lead(make_nics(index, with_way_out(places(declared), host), host, allocator), host)
    published = (allocator.port(host.name, p) for p in made.wanted)
    return replace(made, nics=nics, publish=tuple(published), plugged=len(nics))


def bare(name: str, declared: Container, host: Machine, index: int) -> Sandbox:
    """One container before any network has given it anything: without interfaces, addresses and ports."""
    mode = declared.network_mode or "own"
    return Sandbox(
        name=name,
        kind="container",
        node=host.name,
        index=index,
        image=declared.image,
        nics=(),
        wanted=declared.publish if mode == "own" else (),
        mode="own" if mode == "own" else "host" if mode == "host" else "none" if mode == "none" else "container",
        joins=declared.joins,
        resolving=Resolving(
            declared.dns, declared.dns_search, tuple(_add_host(declared, host)), declared.hostname or ""
        ),
        home=next((a.name for a in places(declared)), ""),
    )


def _add_host(declared: Container, host: Machine) -> Iterator[tuple[str, Address]]:
    for entry in declared.add_host:
        name, _, address = entry.partition(":")
        gateway = host.docker0.addresses[0].ip if host.docker0 else host.addresses[0]
        yield name, gateway if address == HOST_GATEWAY else ip_address(address)


def make_nics(
    index: int, attached: tuple[Attachment, ...], host: Machine, allocator: Allocator, first: int = 0
) -> Iterator[Nic]:
    """The interfaces of container `index`, counted from `first`; none leads out yet (`lead`)."""
    for number, attachment in enumerate(attached, first):
        network = host.network(attachment.name)
        addresses = tuple(_addresses(attachment, network, host, allocator))
        allocator.balance(host.name, network)
        yield Nic(
            name=f"eth{number}",
            network=network.name,
            mac=mac_of("02:42", addresses, 0xFE000000 + (number << 16) + index),
            addresses=addresses,
            gateways=(),
            mtu=network.mtu,
            bridge=network.bridge.name if network.bridge else "",
            veth=f"veth{(number << 20) + index:07x}" if network.bridge else "",
            parent=network.parent or "",
            driver=network.driver,
            aliases=attachment.aliases,
            priority=attachment.gateway_priority,
            publishes=network.driver == "bridge" and not network.internal,
            binding=network.binding,
            fixed=bool(attachment.addresses),
        )


def lead(nics: Iterable[Nic], host: Machine) -> tuple[Nic, ...]:
    """The interfaces, one of them with the default routes.

    Highest priority, then the name that sorts first, internal ones last; an overlay leads nowhere.
    """
    nics = tuple(nics)
    ways = [n for n in nics if _leads_out(host.network(n.network))]
    leading = min(ways, key=lambda n: (host.network(n.network).internal, -n.priority, n.network), default=None)
    return tuple(replace(n, gateways=host.network(n.network).gateways if n is leading else ()) for n in nics)


def _leads_out(network: HostNetwork) -> bool:
    return network.leads and network.driver != "overlay" and "isolated" not in network.modes


def _addresses(
    attachment: Attachment, network: HostNetwork, host: Machine, allocator: Allocator
) -> Iterator[InterfaceAddress]:
    """In the order of the subnets. IPv4 is settled first: an IPv6 address may be made of it."""
    found: dict[Subnet, Address] = {}
    for subnet in sorted(network.subnets, key=lambda s: s.version):
        given = next((a for a in attachment.addresses if a in subnet), None)
        made = _of_mac(subnet, found.values()) if network.from_mac else None
        found[subnet] = given or made or allocator.next(host.name, network, subnet)
    return (with_prefix(found[subnet], subnet) for subnet in network.subnets)


def _of_mac(subnet: Subnet, others: Iterable[Address]) -> Address | None:
    """The prefix and the MAC, which is 02:42 and the IPv4 address (`mac_of`); None without IPv4, or room for it."""
    four = next((a for a in others if a.version == 4), None)
    room = subnet.version == 6 and subnet.prefixlen <= 128 - 48
    return subnet.network_address + (0x0242 << 32 | int(four)) if four and room else None


def settle(sandboxes: Mapping[str, Sandbox], machines: Mapping[str, Machine]) -> dict[str, Sandbox]:
    """Containers in the host's network, or in another container's, with the interfaces they see there."""
    return {name: _settled(s, sandboxes, machines) for name, s in sandboxes.items()}


def _settled(sandbox: Sandbox, sandboxes: Mapping[str, Sandbox], machines: Mapping[str, Machine]) -> Sandbox:
    """Who is in another's network has its host name as well."""
    lender = sandboxes.get(sandbox.joins) if sandbox.joins else sandbox
    if lender is None:  # it has ended, and its interfaces with it
        return replace(sandbox, nics=())
    host = machines[sandbox.node]
    named = sandbox.resolving.hostname or (host.name if lender.mode == "host" else lender.resolving.hostname)
    nics = tuple(_host_nics(host)) if lender.mode == "host" else lender.nics
    return replace(sandbox, nics=nics, resolving=replace(sandbox.resolving, hostname=named))


def _host_nics(host: Machine) -> Iterator[Nic]:
    for port in host.ports:
        ways = tuple(g for g in host.gateways if any(g in a.network for a in port.addresses))
        yield Nic(port.name, "host", port.mac, port.addresses, ways, port.mtu)
