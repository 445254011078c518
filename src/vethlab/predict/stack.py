"""A network stack as a model: interfaces, local addresses, and routes with the longest prefix first."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..model import Address, Subnet
from ..world import HostNetwork, InterfaceAddress, Machine, Nic, Sandbox, Vtep, World

__all__ = ["Interface", "Route", "Stack", "bridge_segment", "stacks"]


@dataclass(frozen=True, slots=True)
class Interface:
    """`segment` names what it is plugged into: `switch:NAME`, `bridge:NODE/NAME`, `overlay:ID`, or `vxlan:VNI`.

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
    """`gateway` None: the destination is on the link."""

    destination: Subnet
    interface: Interface
    gateway: Address | None = None

    def source(self, destination: Address) -> Address | None:
        """The address the kernel picks for a new packet: of the outgoing interface, of the next hop's subnet.

        Source: ip-route(8) on `src`, inet_select_addr in Linux; RFC 6724 rule 5 leads to the same for IPv6.
        """
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
        known = self._locality.get(address)
        if known is None:
            known = self._locality[address] = address in self._local or address.is_loopback
        return known

    def interface(self, name: str) -> Interface:
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
        return route.source(destination) if route else None


def bridge_segment(node: str, bridge: str) -> str:
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
    interfaces = tuple(_interfaces(machine))
    routes = (*_on_link(interfaces), *_through(machine, interfaces), *_overlay(world, machine, interfaces))
    return Stack(machine.name, machine.role != "outside", interfaces, routes, machine=machine)


def _interfaces(machine: Machine) -> Iterator[Interface]:
    for port in machine.ports:
        yield Interface(port.name, f"switch:{port.switch}", port.addresses, port.mtu)
    for network in machine.networks:
        if network.bridge:
            segment = docker_segment(machine.name, network)
            yield Interface(network.bridge.name, segment, network.bridge.addresses, network.bridge.mtu)
    if machine.pods:
        bridge = machine.pods.bridge
        yield Interface(bridge.name, bridge_segment(machine.name, bridge.name), bridge.addresses, bridge.mtu)
    for vtep in machine.pods.vteps if machine.pods else ():
        yield Interface(vtep.name, f"vxlan:{vtep.vni}", (ipaddress.ip_interface(vtep.address),), vtep.mtu, vtep)


def _on_link(interfaces: Iterable[Interface]) -> Iterator[Route]:
    for interface in interfaces:
        yield from (Route(a.network, interface) for a in interface.addresses if a.network.num_addresses > 1)


def _through(machine: Machine, interfaces: tuple[Interface, ...]) -> Iterator[Route]:
    ways = [(ipaddress.ip_network("0.0.0.0/0" if g.version == 4 else "::/0"), g) for g in machine.gateways]
    for destination, gateway in [*ways, *((r.destination, r.gateway) for r in machine.routes)]:
        interface = next((i for i in interfaces for a in i.addresses if gateway in a.network), None)
        if interface:
            yield Route(destination, interface, gateway)


def _overlay(world: World, machine: Machine, interfaces: tuple[Interface, ...]) -> Iterator[Route]:
    """One route for each peer's pod prefix: through the peer's VTEP address, as if it were on the link."""
    own = {i.vtep.address.version: i for i in interfaces if i.vtep}
    for peer in world.hosts():
        if peer.name == machine.name or not peer.pods:
            continue
        for vtep in peer.pods.vteps:
            subnet = next(s for s in peer.pods.bridge.subnets if s.version == vtep.address.version)
            if vtep.address.version in own:
                yield Route(subnet, own[vtep.address.version], vtep.address)


def _sandbox(world: World, sandbox: Sandbox) -> Stack:
    interfaces = tuple(_nics(world.machines[sandbox.node], sandbox))
    everything = {4: ipaddress.ip_network("0.0.0.0/0"), 6: ipaddress.ip_network("::/0")}
    ways = (Route(everything[g.version], i, g) for i in interfaces if i.nic for g in i.nic.gateways)
    return Stack(sandbox.name, False, interfaces, (*_on_link(interfaces), *ways), sandbox=sandbox)


def _nics(host: Machine, sandbox: Sandbox) -> Iterator[Interface]:
    for nic in sandbox.nics:
        segment = bridge_segment(host.name, nic.bridge)
        if sandbox.kind == "container":
            segment = docker_segment(host.name, host.network(nic.network), host)
        yield Interface(nic.name, segment, nic.addresses, nic.mtu, nic=nic)
