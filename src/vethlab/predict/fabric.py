"""A world compiled for walking: stacks, who is on which segment, and each host's rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..model import Address, Subnet
from ..row import Hop
from ..world import World
from .netfilter import Rules, rules
from .packet import Arrived, Lost, Packet
from .stack import Interface, Stack, stacks

__all__ = ["Attachment", "Fabric", "compile_world"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """An interface of a stack, as others on its segment find it by address."""

    stack: Stack
    interface: Interface

    @property
    def host(self) -> str:
        """The machine it is on."""
        return self.stack.sandbox.node if self.stack.sandbox else self.stack.name


@dataclass(slots=True)
class Fabric:
    """`neighbours` maps a segment to its addresses; `inside` are the subnets a provider's router would let out.

    `hops` keeps one Hop for each interface and direction, since every walk names the same ones; `underlay` keeps what
    became of a tunnel's outer packets, by the node that sent them.
    """

    world: World
    stacks: dict[str, Stack]
    rules: dict[str, Rules]
    inside: tuple[Subnet, ...]
    outside: frozenset[str]
    neighbours: dict[str, dict[Address, Attachment]] = field(default_factory=dict)
    hops: dict[tuple[str, str, Literal["out", "back"]], Hop] = field(default_factory=dict)
    underlay: dict[tuple[str, Packet, str], tuple[Arrived | Lost, list[Hop]]] = field(default_factory=dict)

    def neighbour(self, interface: Interface, address: Address) -> Attachment | None:
        """Who answers ARP (or neighbour discovery) for `address` on the segment of `interface`."""
        return self.neighbours[interface.segment].get(address)

    def bridge(self, stack: Stack, interface: Interface) -> Attachment:
        """The host's bridge that a sandbox's interface is plugged into, or the host's end of its own cable."""
        assert stack.sandbox
        assert interface.nic
        host = self.stacks[stack.sandbox.node]
        return Attachment(host, host.interface(interface.nic.bridge))


def compile_world(world: World) -> Fabric:
    """Everything that does not depend on the packet, worked out once."""
    found = stacks(world)
    outside = frozenset(f"switch:{n}" for n, subnets in world.subnets.items() if set(subnets) & set(world.outside))
    fabric = Fabric(
        world=world,
        stacks=found,
        rules={m.name: rules(world, m) for m in world.hosts()},
        inside=tuple(s for n, subnets in world.subnets.items() if f"switch:{n}" not in outside for s in subnets),
        outside=outside,
    )
    for stack in found.values():
        for interface in stack.interfaces:
            on = fabric.neighbours.setdefault(interface.segment, {})
            on.update({a.ip: Attachment(stack, interface) for a in interface.addresses})
    for host in world.hosts():
        for vtep in host.pods.vteps if host.pods else ():
            on = fabric.neighbours.setdefault(f"tunnel:{vtep.name}", {})
            on[vtep.address] = Attachment(found[host.name], found[host.name].interface(vtep.name))
    for stack in found.values():
        if stack.sandbox and stack.sandbox.wiring == "routed":
            on, end = fabric.neighbours[stack.interfaces[0].segment], fabric.bridge(stack, stack.interfaces[0])
            on.update({g: end for g in stack.sandbox.gateways if _answers_for(end.stack, g)})
    return fabric


def _answers_for(host: Stack, gateway: Address) -> bool:
    """Proxy ARP: only where the host has a way there itself, such as a default route (ip-sysctl, proxy_arp).

    The IPv6 gateway is an address that the host has, by the MAC of its interface.
    """
    return gateway.version == 6 or host.route(gateway) is not None
