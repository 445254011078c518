"""The rules of a host, as its packets meet them.

    packet in
       │ raw PREROUTING     to a container, not from docker0: drop
       │ nat PREROUTING     to an address of the host, a published port: DNAT     (nat OUTPUT for the host's own)
       ├── for the host itself ──> local
       │ filter FORWARD     Docker's chains, then the pod network's, then the policy: drop (accept without Docker)
       │ nat POSTROUTING    Docker's masquerade, then the pod network's
    packet out

Sources: dockerd 28 (libnetwork/drivers/bridge), flannel (pkg/trafficmngr/iptables), Calico (felix/rules, nat-outgoing),
Weave (net/bridge.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..model import Address, Subnet
from ..podnet import Masquerade, kind_of
from ..world import Machine, World
from .packet import Packet
from .portmap import HostPort, host_ports, is_marked, lead

__all__ = ["Rules", "rules"]


@dataclass(frozen=True, slots=True)
class _Published:
    """Packets to `host_port` (on `bound` only, if given) go to `container`:`port`."""

    bound: Address | None
    host_port: int
    protocol: str
    container: Address
    port: int


@dataclass(frozen=True, slots=True)
class Rules:
    """One host's chains. Every method takes the packet as it is at that hook."""

    docker: tuple[Subnet, ...]
    containers: frozenset[Address]
    published: tuple[_Published, ...]
    cluster: tuple[Subnet, ...]
    own: tuple[Subnet, ...]
    masquerade: Masquerade = "flannel"
    host_ports: tuple[HostPort, ...] = ()

    def raw(self, packet: Packet, came_in: str) -> str | None:
        """Why raw PREROUTING drops the packet; None if it does not."""
        if packet.destination in self.containers and came_in != "docker0":
            return "raw PREROUTING drops what is sent to a container's address from outside docker0"
        return None

    def dnat(self, packet: Packet) -> Packet:
        """The packet after the DOCKER chain of nat; it has been found to be for an address of the host."""
        for p in self.published:
            if (p.host_port, p.protocol) != (packet.port, packet.protocol) or packet.kind != "question":
                continue
            if p.container.version == packet.destination.version and p.bound in (None, packet.destination):
                return packet._replace(destination=p.container, port=p.port)
        return lead(self.host_ports, packet)

    def forward(self, packet: Packet, came_in: str, goes_out: str) -> str | None:
        """Why filter FORWARD drops the packet; None if it does not."""
        if not self.docker:
            return None
        if goes_out == "docker0" and packet.kind != "question":
            return None
        if goes_out == "docker0" and came_in != "docker0" and not self._opened(packet):
            return "filter DOCKER drops what is forwarded to a container and not published"
        if "docker0" in (came_in, goes_out):
            return None
        if _within(packet.source, self.cluster) or _within(packet.destination, self.cluster):
            return None
        return "the policy of filter FORWARD is DROP"

    def _opened(self, packet: Packet) -> bool:
        asked = (packet.destination, packet.port, packet.protocol)
        return any((p.container, p.port, p.protocol) == asked for p in self.published)

    def masquerades(self, packet: Packet, goes_out: str, from_host: bool, led: bool = False) -> bool:
        """True when nat POSTROUTING gives the packet the address of the interface it leaves by.

        `led`: nat PREROUTING or OUTPUT has given it another destination.
        """
        if packet.kind != "question" or packet.destination.is_multicast:
            return False
        if led and is_marked(self.host_ports, packet):
            return True
        return self._docker_masquerades(packet, goes_out, from_host) or self._pods_masquerade(packet)

    def _docker_masquerades(self, packet: Packet, goes_out: str, from_host: bool) -> bool:
        if not self.docker:
            return False
        if goes_out != "docker0":
            return _within(packet.source, self.docker)
        return from_host or (packet.source == packet.destination and self._opened(packet))

    def _pods_masquerade(self, packet: Packet) -> bool:
        source, destination = _within(packet.source, self.cluster), _within(packet.destination, self.cluster)
        match self.masquerade:
            case "leaving":
                return source and not destination
            case "crossing":
                return source != destination
            case _:
                return self._flannel_masquerades(packet)

    def _flannel_masquerades(self, packet: Packet) -> bool:
        source, destination = _within(packet.source, self.cluster), _within(packet.destination, self.cluster)
        if source and destination and _within(packet.source, self.own):
            return False
        if destination and _within(packet.destination, self.own):
            return False
        return source or destination


def _within(address: Address, subnets: tuple[Subnet, ...]) -> bool:
    return any(address in s for s in subnets)


def rules(world: World, machine: Machine) -> Rules:
    """The chains of a host; a host without docker0 has none of Docker's, without pods none of the pod network's."""
    containers = [s for s in world.on(machine.name) if s.kind == "container"]
    return Rules(
        docker=machine.docker0.subnets if machine.docker0 else (),
        containers=frozenset(a.ip for s in containers for a in s.addresses),
        published=tuple(_published(world, machine)),
        cluster=world.pod_cidrs if machine.pods else (),
        own=machine.pods.subnets if machine.pods else (),
        masquerade=kind_of(world.pod_network).masquerade if world.pod_network else "leaving",
        host_ports=host_ports(world, machine),
    )


def _published(world: World, machine: Machine) -> Iterator[_Published]:
    for sandbox in (s for s in world.on(machine.name) if s.kind == "container"):
        for p in sandbox.publish:
            for a in sandbox.addresses:
                if p.address is None or p.address.version == a.version:
                    unspecified = p.address is not None and p.address.is_unspecified
                    yield _Published(None if unspecified else p.address, p.host_port, p.protocol, a.ip, p.port)
