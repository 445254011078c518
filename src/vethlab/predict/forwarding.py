"""The walk of one packet from stack to stack, the way the kernels would pass it on.

begin ──route──┐                                    ┌── local: arrived
               ├── leave ──segment──> receive ──────┤
forwarded ─────┘     │                              └── leave …
                     └── by a VTEP: begin again underneath, then receive at the peer
"""

from __future__ import annotations

import ipaddress
from typing import Literal

from ..model import Address, Subnet
from ..row import Hop
from ..world import Vtep
from .fabric import Attachment, Fabric
from .packet import Arrived, Lost, Packet, Translation
from .stack import Interface, Route, Stack

__all__ = ["Walk"]

#: How many stacks a packet passes before its TTL ends (Linux begins with 64, net.ipv4.ip_default_ttl).
_TTL = 64

#: A virtual switch's own end of a tunnel is no interface, and nobody can look at it.
_UNSEEN = "geneve0"

#: What a provider's router drops when it is the source (RFC 1918, RFC 6598, RFC 4193).
_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


class Walk:
    """Walks packets of one connection; remembers the hops seen and the translations made on the way.

    `sent` holds the interfaces that the question was routed out by, with their MTUs, and `taken` the MTUs of those
    that took it in; both without the underlay of a tunnel. `tunnels` are the VTEPs it was encapsulated by.
    """

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric
        self.hops: list[Hop] = []
        self.translations: list[Translation] = []
        self.sent: list[tuple[Hop, int]] = []
        self.taken: list[int] = []
        self.tunnels: list[Vtep] = []
        self.direction: Literal["out", "back"] = "out"
        self._encapsulated = False
        self._passed = 0

    def begin(self, stack: Stack, packet: Packet) -> Arrived | Lost:
        """A packet that `stack` itself sends."""
        self._passed = 0
        if packet.kind == "error":
            packet = self._undo(stack, packet)
        elif stack.is_local(packet.destination):
            packet = self._publish(stack, packet)
        if stack.is_local(packet.destination):
            self._see(stack, "lo")
            return Arrived(stack.name, packet)
        route = stack.route(packet.destination)
        if route is None:
            return Lost(stack.name, packet, f"{stack.name} has no route to {packet.destination}", "network")
        return self._leave(stack, route, packet, came_in=None)

    def _receive(self, stack: Stack, interface: Interface, packet: Packet) -> Arrived | Lost:
        self._passed += 1
        if self._passed > _TTL:
            return Lost(stack.name, packet, "the packet goes in circles until its TTL ends", "circles")
        rules = self.fabric.rules.get(stack.name)
        dropped = rules.raw(packet, interface.name) if rules else None
        if dropped:
            return Lost(stack.name, packet, f"{stack.name}: {dropped}")
        came_from = packet.source
        packet = self._prerouting(stack, packet)
        if stack.is_local(packet.destination):
            return Arrived(stack.name, packet)
        return self._forward(stack, interface, packet, came_from)

    def _forward(self, stack: Stack, came_in: Interface, packet: Packet, came_from: Address) -> Arrived | Lost:
        """`came_from`: the source until nat POSTROUTING, where an answer gets back the published one."""
        if not stack.forwards:
            return Lost(stack.name, packet, f"{stack.name} does not forward")
        route = stack.route(packet.destination)
        if route is None:
            return Lost(stack.name, packet, f"{stack.name} has no route to {packet.destination}", "network")
        if route.interface is None:
            return Lost(stack.name, packet, f"{stack.name} has a blackhole for {route.destination}")
        dropped = self._filtered(stack, came_in, route.interface, packet._replace(source=came_from))
        if dropped:
            return Lost(stack.name, packet, f"{stack.name}: {dropped}")
        return self._leave(stack, route, packet, came_in)

    def _filtered(self, stack: Stack, came_in: Interface, goes_out: Interface, packet: Packet) -> str | None:
        rules = self.fabric.rules.get(stack.name)
        if rules:
            return rules.forward(packet, came_in.name, goes_out.name)
        foreign = _in(packet.source, _PRIVATE) and not _in(packet.source, self.fabric.inside)
        if goes_out.segment in self.fabric.outside and foreign:
            return f"the provider's filter drops the private source {packet.source}"
        return None

    def _leave(self, stack: Stack, route: Route, packet: Packet, came_in: Interface | None) -> Arrived | Lost:
        out, towards = route.interface, route.gateway or packet.destination
        if out is None:
            return Lost(stack.name, packet, f"{stack.name} has a blackhole for {route.destination}", "circles")
        packet = self._masquerade(stack, route, packet, from_host=came_in is None)
        if out.vtep:
            return self._tunnel(stack, out, towards, packet)
        neighbour = self.fabric.neighbour(out, towards)
        self._send(stack, out)
        if neighbour is None:
            return Lost(stack.name, packet, f"nobody on {out.segment} answers for {towards}", "host")
        if _apart(stack, out, neighbour):
            return Lost(stack.name, packet, "a host and its own macvlan ports do not hear each other", "host")
        if out.nic and out.nic.bridge:
            return self._from_sandbox(stack, out, neighbour, packet)
        return self._deliver(stack, neighbour, packet)

    def _deliver(self, stack: Stack, neighbour: Attachment, packet: Packet) -> Arrived | Lost:
        """Over a cable: to another machine through a switch, or from a host to a sandbox of its own."""
        if neighbour.interface.segment.startswith("flat:") and neighbour.host != stack.name:
            return self._across(stack, neighbour, packet)
        nic = neighbour.interface.nic
        if nic and nic.veth:
            self._see(stack, nic.veth)
        self._take(neighbour)
        return self._receive(neighbour.stack, neighbour.interface, packet)

    def _from_sandbox(self, stack: Stack, out: Interface, neighbour: Attachment, packet: Packet) -> Arrived | Lost:
        """Up the veth to the bridge, whose host's rules see bridged packets too (br_netfilter)."""
        assert out.nic
        host = self.fabric.bridge(stack, out)
        self._see(host.stack, out.nic.veth)
        if out.nic.wiring == "switch":
            return self._switched(host, packet)
        translated = self._prerouting(host.stack, packet)
        target = neighbour if neighbour.stack.sandbox else self.fabric.neighbour(host.interface, translated.destination)
        if target is None or not target.stack.sandbox:
            self._take(host)
            return self._receive(host.stack, host.interface, packet)
        return self._bridged(host, target, translated)

    def _switched(self, host: Attachment, packet: Packet) -> Arrived | Lost:
        """By a virtual switch that knows all prefixes: to a pod here, to a peer's, or to the host; past its rules."""
        target, route = self.fabric.neighbour(host.interface, packet.destination), host.stack.route(packet.destination)
        if target and target.stack.sandbox:
            return self._deliver(host.stack, target, packet)
        if route and route.interface and route.interface.vtep and route.gateway:
            return self._tunnel(host.stack, route.interface, route.gateway, packet)
        self._take(host)
        return self._receive(host.stack, host.interface, packet)

    def _across(self, stack: Stack, neighbour: Attachment, packet: Packet) -> Arrived | Lost:
        """On one flat segment over all hosts: frames go from bridge to bridge, through a port of each that tunnels."""
        here, there = (next(i for i in s.interfaces if i.vtep) for s in (stack, self.fabric.stacks[neighbour.host]))
        lost = self._encapsulate(stack, here, self.fabric.stacks[neighbour.host], there, packet)
        if lost:
            return lost
        peer = self.fabric.stacks[neighbour.host]
        if neighbour.stack is peer:
            self._take(neighbour)
            return self._receive(peer, neighbour.interface, packet)
        return self._bridged(self.fabric.bridge(neighbour.stack, neighbour.interface), neighbour, packet)

    def _bridged(self, host: Attachment, target: Attachment, packet: Packet) -> Arrived | Lost:
        dropped = self._filtered(host.stack, host.interface, host.interface, packet)
        if dropped:
            return Lost(host.stack.name, packet, f"{host.stack.name}: {dropped}")
        route = host.stack.route(packet.destination)
        if route:
            packet = self._masquerade(host.stack, route, packet, from_host=False)
        if target.interface.segment.startswith("overlay:") and target.host != host.stack.name:
            return self._over_the_overlay(host, target, packet)
        return self._deliver(host.stack, target, packet)

    def _over_the_overlay(self, host: Attachment, target: Attachment, packet: Packet) -> Arrived | Lost:
        """Between the bridges of two hosts, encapsulated; the far host's rules see the frame as the near one's did."""
        far = self.fabric.bridge(target.stack, target.interface)
        near_end, far_end = (self._vtep(a) for a in (host, far))
        if self.direction == "out":
            self.tunnels.append(near_end)
        end, hops = self._underneath(host.stack, Packet(near_end.local, far_end.local, "udp", near_end.port))
        self.hops += hops
        if isinstance(end, Lost) or end.node != far.stack.name:
            return Lost(end.node, packet, getattr(end, "reason", f"{end.node} has the address of the far host"))
        return self._deliver(far.stack, target, packet)

    def _vtep(self, at: Attachment) -> Vtep:
        """The tunnel in an overlay's bridge."""
        machine = self.fabric.world.machines[at.stack.name]
        return next(n.vtep for n in machine.networks if n.vtep and n.bridge and n.bridge.name == at.interface.name)

    def _tunnel(self, stack: Stack, out: Interface, towards: Address, packet: Packet) -> Arrived | Lost:
        """Encapsulated to the peer's end of the tunnel, and received there."""
        peer = self.fabric.neighbour(out, towards)
        if peer is None or peer.interface.vtep is None:
            self._send(stack, out)
            told: Literal["network"] | None = "network" if out.vtep and out.vtep.kind == "udp" else None
            return Lost(stack.name, packet, f"{out.name} knows no peer for {towards}", told)
        lost = self._encapsulate(stack, out, peer.stack, peer.interface, packet)
        if lost:
            return lost
        if peer.interface.vtep.kind == "geneve":
            assert peer.stack.machine
            assert peer.stack.machine.pods
            assert peer.stack.machine.pods.bridge
            switch = peer.stack.interface(peer.stack.machine.pods.bridge.name)
            return self._switched(Attachment(peer.stack, switch), packet)
        return self._receive(peer.stack, peer.interface, packet)

    def _encapsulate(self, stack: Stack, out: Interface, peer: Stack, there: Interface, packet: Packet) -> Lost | None:
        """From one end of a tunnel to the other. The overlay never learns what became of the outer packet."""
        assert out.vtep
        assert there.vtep
        self._send(stack, out)
        if self.direction == "out":
            self.tunnels.append(out.vtep)
        end, hops = self._underneath(stack, Packet(out.vtep.local, there.vtep.local, "udp", out.vtep.port))
        self.hops += hops
        if isinstance(end, Lost) or end.node != peer.name:
            return Lost(end.node, packet, getattr(end, "reason", f"{end.node} has the address of the peer's end"))
        self._take(Attachment(peer, there))
        return None

    def _underneath(self, stack: Stack, outer: Packet) -> tuple[Arrived | Lost, list[Hop]]:
        """Where the outer packet goes; many overlay packets share that way, so it is kept."""
        key = (stack.name, outer, self.direction)
        if key not in self.fabric.underlay:
            walk = Walk(self.fabric)
            walk.direction, walk._encapsulated = self.direction, True
            self.fabric.underlay[key] = (walk.begin(stack, outer), walk.hops)
        return self.fabric.underlay[key]

    # The rules of the host, and its memory of connections.

    def _prerouting(self, stack: Stack, packet: Packet) -> Packet:
        if packet.kind == "question":
            return self._publish(stack, packet) if stack.is_local(packet.destination) else packet
        return self._undo(stack, packet)

    def _publish(self, stack: Stack, packet: Packet) -> Packet:
        rules = self.fabric.rules.get(stack.name)
        if rules is None or self._encapsulated:
            return packet
        return self._remember(stack, packet, rules.dnat(packet))

    def _masquerade(self, stack: Stack, route: Route, packet: Packet, from_host: bool) -> Packet:
        rules = self.fabric.rules.get(stack.name)
        out = route.interface
        if rules is None or out is None or self._encapsulated:
            return packet
        if not rules.masquerades(packet, out.name, from_host, self._is_led(stack, packet)):
            return packet
        source = route.source(packet.destination)
        return self._remember(stack, packet, packet._replace(source=source)) if source else packet

    def _is_led(self, stack: Stack, packet: Packet) -> bool:
        """Whether this host has translated the destination of the packet."""
        return any(t.node == stack.name and t.after == packet != t.before for t in self.translations)

    def _remember(self, stack: Stack, before: Packet, after: Packet) -> Packet:
        translation = Translation(stack.name, before, after)
        if before != after and translation not in self.translations:
            self.translations.append(translation)
        return after

    def _undo(self, stack: Stack, packet: Packet) -> Packet:
        for translation in reversed(self.translations):
            if translation.node == stack.name:
                packet = translation.undo(packet) or packet
        return packet

    # Where the packet has been.

    def _send(self, stack: Stack, out: Interface) -> None:
        self._see(stack, out.name)
        if self.direction == "out" and not self._encapsulated:
            self.sent.append((Hop(stack.name, out.name), out.mtu))
            if out.segment.startswith("switch:"):
                self.taken.append(self.fabric.world.switches[out.segment.removeprefix("switch:")])

    def _take(self, at: Attachment) -> None:
        self._see(at.stack, at.interface.name)
        if self.direction == "out" and not self._encapsulated:
            self.taken.append(at.interface.mtu)

    def _see(self, stack: Stack, interface: str) -> None:
        if interface == _UNSEEN:
            return
        key = (stack.name, interface, self.direction)
        hop = self.fabric.hops.get(key) or self.fabric.hops.setdefault(key, Hop(*key))
        if not self.hops or self.hops[-1] is not hop:
            self.hops.append(hop)


def _apart(stack: Stack, out: Interface, neighbour: Attachment) -> bool:
    """A macvlan port and the interface it sits on exchange nothing, in neither direction (macvlan, bridge mode)."""
    here, there = out.nic, neighbour.interface.nic
    if here is None and there and there.parent and neighbour.stack.sandbox:
        return neighbour.stack.sandbox.node == stack.name and there.parent == out.name
    if here and here.parent and there is None and stack.sandbox:
        return stack.sandbox.node == neighbour.stack.name and here.parent == neighbour.interface.name
    return False


def _in(address: Address, subnets: tuple[Subnet, ...]) -> bool:
    return any(address in s for s in subnets)
