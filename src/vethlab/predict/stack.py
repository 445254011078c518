"""A network stack as a model: interfaces, local addresses, and routes with the longest prefix first."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ..model import Address, Subnet
from ..world import HostNetwork, InterfaceAddress, Machine, Nic, Sandbox, Vtep, World

__all__ = ["Interface", "Route", "Stack", "bridge_segment", "stacks"]


@dataclass(frozen=True, slots=True)
class Interface:
    """`segment` names what it is plugged into: `switch:NAME`, `bridge:NODE/NAME`, `overlay:ID`, `flat:NAME`, or
    `tunnel:NAME`.

    `nic` is there where it is a sandbox's: then its host's end is in a bridge, or it is on the host's own wire.
    """

    name: str
    segment: str
    addresses: tuple[InterfaceAddress, ...]
    mtu: int
    vtep: Vtep | None = None
    nic: Nic | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """`gateway` None: the destination is on the link. `interface` None: a blackhole."""

    destination: Subnet
    interface: Interface | None
    gateway: Address | None = None

    def source(self, destination: Address) -> Address | None:
        """The address the kernel picks for a new packet: of the outgoing interface, of the next hop's subnet.

        Source: ip-route(8) on `src`, inet_select_addr in Linux; RFC 6724 rule 5 leads to the same for IPv6.
        """
        if self.interface is None:
            return None
        towards = self.gateway or destination
        own = [a for a in self.interface.addresses if a.version == destination.version]
        return next((a.ip for a in own if towards in a.network), own[0].ip if own else None)


@dataclass(slots=True)
class Stack:
    """One network namespace. `forwards`: it passes on what is not for itself."""

    name: str
    forwards: bool
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    machine: Machine | None = None
    sandbox: Sandbox | None = None
    _local: dict[Address, Interface] = field(init=False)
    _found: dict[Address, Route | None] = field(default_factory=dict)
    _sources: dict[Address, Address | None] = field(default_factory=dict)
    _locality: dict[Address, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._local = {a.ip: i for i in self.interfaces for a in i.addresses}
        self.routes = tuple(sorted(self.routes, key=lambda r: -r.destination.prefixlen))

    def is_local(self, address: Address) -> bool:
        """Whether a packet for that address has arrived here; all of 127.0.0.0/8 and ::1 have."""
        known = self._locality.get(address)
        if known is None:
            known = self._locality[address] = address in self._local or address.is_loopback
        return known

    def interface(self, name: str) -> Interface:
        """By its name, which there must be."""
        return next(i for i in self.interfaces if i.name == name)

    def route(self, destination: Address) -> Route | None:
        """The route of the longest prefix that holds `destination`."""
        if destination not in self._found:
            matching = (r for r in self.routes if destination in r.destination)
            self._found[destination] = next(matching, None)
        return self._found[destination]

    def source(self, destination: Address) -> Address | None:
        """The source address of a packet this stack begins; None where no route leads there."""
        if destination not in self._sources:
            self._sources[destination] = self._source(destination)
        return self._sources[destination]

    def _source(self, destination: Address) -> Address | None:
        if destination in self._local:
            return destination
        if destination.is_loopback:
            return ipaddress.ip_address("127.0.0.1" if destination.version == 4 else "::1")
        route = self.route(destination)
        if route is None or route.interface is None:
            return None
        return route.source(destination) or self._any_source(destination)

    def _any_source(self, destination: Address) -> Address | None:
        """For a link without an address: the first of the others (inet_select_addr in Linux); of IPv6 the nearest.

        Source: RFC 6724, rule 8: the longest prefix in common with the destination.
        """
        own = [a.ip for i in self.interfaces for a in i.addresses if a.version == destination.version]
        if destination.version == 4:
            return own[0] if own else None
        return min(own, key=lambda a: (int(a) ^ int(destination)).bit_length(), default=None)


def bridge_segment(node: str, bridge: str) -> str:
    """The segment of a bridge of a host, or of a veth pair that is on none."""
    return f"bridge:{node}/{bridge}"


def docker_segment(node: str, network: HostNetwork, machine: Machine | None = None) -> str:
    """What a port of a Docker network is plugged into; `machine` is needed where that is a wire."""
    if network.driver == "overlay":
        return f"overlay:{network.id}"
    if network.bridge:
        return bridge_segment(node, network.bridge.name)
    assert machine
    return next(f"switch:{p.switch}" for p in machine.ports if p.name == network.parent)


def stacks(world: World) -> dict[str, Stack]:
    """Every machine and sandbox of a world by its name; those that use another's network have that one's stack."""
    found = {m.name: _machine(world, m) for m in world.machines.values()}
    for sandbox in world.sandboxes.values():
        if sandbox.mode in ("own", "none"):
            found[sandbox.name] = _sandbox(world, sandbox)
    for sandbox in world.sandboxes.values():
        if sandbox.mode == "host":
            found[sandbox.name] = found[sandbox.node]
    for sandbox in world.sandboxes.values():
        if sandbox.joins:
            found[sandbox.name] = found[sandbox.joins]
    return found


def _machine(world: World, machine: Machine) -> Stack:
    interfaces = tuple(_interfaces(world, machine))
    routes = (*_on_link(interfaces), *_through(machine, interfaces), *_to_pods(machine, interfaces, world.pod_cidrs))
    routes += tuple(_to_own_pods(world, machine, interfaces))
    return Stack(machine.name, machine.role != "outside", interfaces, routes, machine=machine)


def _interfaces(world: World, machine: Machine) -> Iterator[Interface]:
    for port in machine.ports:
        yield Interface(port.name, f"switch:{port.switch}", port.addresses, port.mtu)
    for network in machine.networks:
        if network.bridge:
            segment = docker_segment(machine.name, network)
            yield Interface(network.bridge.name, segment, network.bridge.addresses, network.bridge.mtu)
    pods = machine.pods
    if pods and pods.bridge:
        bridge, flat = pods.bridge, pods.wiring == "flat"
        segment = f"flat:{bridge.name}" if flat else bridge_segment(machine.name, bridge.name)
        yield Interface(bridge.name, segment, bridge.addresses, bridge.mtu)
    for vtep in pods.vteps if pods else ():
        # On a flat network the tunnel is a port of the bridge. A virtual switch's end has the switch's address.
        own = () if pods and pods.wiring == "flat" else (ipaddress.ip_interface(vtep.address),)
        yield Interface(vtep.name, f"tunnel:{vtep.name}", own, vtep.mtu, vtep)
    for sandbox in world.on(machine.name):
        if sandbox.wiring == "routed":
            yield Interface(sandbox.veth, bridge_segment(machine.name, sandbox.veth), (), sandbox.mtu)


def _to_own_pods(world: World, machine: Machine, interfaces: Iterable[Interface]) -> Iterator[Route]:
    """Where pods are routed to, each has an interface of the host's and a route for itself alone."""
    by_name = {i.name: i for i in interfaces}
    for sandbox in world.on(machine.name):
        if sandbox.wiring == "routed":
            yield from (Route(ipaddress.ip_network(a.ip), by_name[sandbox.veth]) for a in sandbox.addresses)


def _on_link(interfaces: Iterable[Interface]) -> Iterator[Route]:
    for interface in interfaces:
        yield from (Route(a.network, interface) for a in interface.addresses if a.network.num_addresses > 1)


def _through(machine: Machine, interfaces: tuple[Interface, ...]) -> Iterator[Route]:
    ways = [(ipaddress.ip_network("0.0.0.0/0" if g.version == 4 else "::/0"), g) for g in machine.gateways]
    for destination, gateway in [*ways, *((r.destination, r.gateway) for r in machine.routes)]:
        yield from _by_gateway(destination, gateway, interfaces)


def _by_gateway(destination: Subnet, gateway: Address, interfaces: Iterable[Interface]) -> Iterator[Route]:
    """By the first interface that has the gateway on its link."""
    on = (i for i in interfaces for a in i.addresses if gateway in a.network)
    yield from (Route(destination, interface, gateway) for interface in islice(on, 1))


def _to_pods(machine: Machine, interfaces: tuple[Interface, ...], clusters: tuple[Subnet, ...]) -> Iterator[Route]:
    """To each peer's pod prefix, by the peer's end of a tunnel or on a link; what is not there in one's own block."""
    for way in machine.pod_routes:
        if way.device:
            interface = next(i for i in interfaces if i.vtep and i.vtep.name == way.device)
            yield Route(way.prefix, interface, way.gateway)
        else:
            yield from _by_gateway(way.prefix, way.gateway, interfaces)
    for interface in interfaces:  # a device that takes the whole cluster, and knows the rest itself
        if interface.vtep and interface.vtep.kind in ("udp", "wireguard"):
            yield from (Route(c, interface) for c in clusters if c.version == interface.vtep.address.version)
    if machine.pods and machine.pods.wiring == "routed":
        yield from (Route(block, None) for block in machine.pods.blocks)


def _sandbox(world: World, sandbox: Sandbox) -> Stack:
    interfaces = tuple(_nics(world.machines[sandbox.node], sandbox))
    everything = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}
    ways = (Route(everything[g.version], i, g) for i in interfaces if i.nic for g in i.nic.gateways)
    return Stack(sandbox.name, False, interfaces, (*_on_link(interfaces), *ways), sandbox=sandbox)


def _nics(host: Machine, sandbox: Sandbox) -> Iterator[Interface]:
    for nic in sandbox.nics:
        segment = f"flat:{nic.bridge}" if nic.wiring == "flat" else bridge_segment(host.name, nic.bridge)
        if sandbox.kind == "container":
            segment = docker_segment(host.name, host.network(nic.network), host)
        yield Interface(nic.name, segment, nic.addresses, nic.mtu, nic=nic)
