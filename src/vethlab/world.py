"""A world: a topology with every name, MAC and address worked out. Nothing in it knows whether it is running.

    Topology --addressing.lay_out--> World --> plan, predict, inventory

Interface names, MACs and addresses all follow from one ordinal, so that no two runs differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface
from typing import Literal

from .model import Address, Dns, Publication, Role, Subnet

__all__ = ["Bridge", "InterfaceAddress", "Machine", "PodPrefix", "Port", "Sandbox", "StaticRoute", "Vtep", "World"]

InterfaceAddress = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True)
class Port:
    """A machine's interface on a switch. `rate` bits/s, `delay` seconds, `loss` a fraction, `mtu` bytes."""

    name: str
    switch: str
    mac: str
    addresses: tuple[InterfaceAddress, ...]
    mtu: int
    rate: int | None = None
    delay: float | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """`destination` is reached through `gateway`."""

    destination: Subnet
    gateway: Address


@dataclass(frozen=True, slots=True)
class Bridge:
    """A Linux bridge on a host (docker0, cni0); its addresses are its ports' gateways."""

    name: str
    mac: str
    addresses: tuple[InterfaceAddress, ...]
    mtu: int

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        return tuple(a.network for a in self.addresses)


@dataclass(frozen=True, slots=True)
class Vtep:
    """A VXLAN tunnel endpoint (RFC 7348): `address` is its own, `local` the underlay's it sends from."""

    name: str
    mac: str
    address: Address
    local: Address
    vni: int
    port: int
    mtu: int


@dataclass(frozen=True, slots=True)
class PodPrefix:
    """A host's part of the pod network: its bridge, and one VTEP for each address family."""

    bridge: Bridge
    vteps: tuple[Vtep, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A node. `index` counts all nodes from 1; `ordinal` counts hosts and is None for the others.

    `gateways` are default gateways, at most one for each family; `routes` are a router's ways beyond its own links.
    """

    name: str
    role: Role
    index: int
    ordinal: int | None
    ports: tuple[Port, ...]
    gateways: tuple[Address, ...]
    routes: tuple[StaticRoute, ...]
    runs: tuple[str, ...]
    docker0: Bridge | None = None
    pods: PodPrefix | None = None

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The underlay addresses, in the order of the ports."""
        return tuple(a.ip for port in self.ports for a in port.addresses)

    def address(self, version: int) -> Address | None:
        """The first underlay address of that IP version."""
        return next((a for a in self.addresses if a.version == version), None)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A container or pod: namespaces on a host, and one veth pair into a bridge there.

    `veth` is the host's end and `interface` the sandbox's. `index` counts all sandboxes from 1.
    """

    name: str
    kind: Literal["container", "pod"]
    node: str
    index: int
    image: str
    bridge: str
    veth: str
    mac: str
    addresses: tuple[InterfaceAddress, ...]
    gateways: tuple[Address, ...]
    mtu: int
    interface: str = "eth0"
    publish: tuple[Publication, ...] = ()

    def address(self, version: int) -> Address | None:
        return next((a.ip for a in self.addresses if a.version == version), None)


@dataclass(frozen=True, slots=True)
class World:
    """Everything a topology works out to. `switches` maps a switch to its MTU; the dictionaries keep file order."""

    name: str
    switches: dict[str, int]
    outside: tuple[Subnet, ...]
    pod_cidrs: tuple[Subnet, ...]
    machines: dict[str, Machine]
    sandboxes: dict[str, Sandbox]
    dns: Dns | None = None
    subnets: dict[str, tuple[Subnet, ...]] = field(default_factory=dict)

    def hosts(self) -> Iterator[Machine]:
        return (m for m in self.machines.values() if m.role == "host")

    def on(self, node: str) -> Iterator[Sandbox]:
        """The sandboxes of one node, in order."""
        return (s for s in self.sandboxes.values() if s.node == node)
