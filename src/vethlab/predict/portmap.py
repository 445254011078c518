"""The rules of the CNI plugin portmap, which leads ports of a host to its pods.

    nat PREROUTING, OUTPUT ──to an address of the host──> CNI-HOSTPORT-DNAT ──> CNI-DN-…
                                  source in the pod's own prefix, or 127.0.0.1: mark it
                                  DNAT to the pod
    nat POSTROUTING ──> CNI-HOSTPORT-MASQ: what is marked is masqueraded

Without the mark a pod of the same bridge would be answered past the NAT. Source: containernetworking plugins 1.1.1,
plugins/meta/portmap.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Address, Subnet
from ..world import Machine, World
from .packet import Packet

__all__ = ["HostPort", "host_ports", "is_marked", "lead"]


@dataclass(frozen=True, slots=True)
class HostPort:
    """Packets to `host_port` (on `bound` only, if given) go to `pod`:`port`; `prefix` is the pod's own."""

    bound: Address | None
    host_port: int
    protocol: str
    pod: Address
    port: int
    prefix: Subnet


def host_ports(world: World, machine: Machine) -> tuple[HostPort, ...]:
    """Of the pods on one host; none without plugins."""
    pods = [s for s in world.on(machine.name) if s.kind == "pod"] if world.cni else []
    return tuple(
        HostPort(p.address, p.host_port, p.protocol, a.ip, p.port, a.network)
        for pod in pods
        for p in pod.publish
        for a in pod.addresses
        if p.address is None or p.address.version == a.version
    )


def lead(ports: tuple[HostPort, ...], packet: Packet) -> Packet:
    """The packet after CNI-HOSTPORT-DNAT; it has been found to be for an address of the host."""
    for p in ports:
        asked = (p.host_port, p.protocol, p.pod.version) == (packet.port, packet.protocol, packet.destination.version)
        if asked and packet.kind == "question" and p.bound in (None, packet.destination):
            return packet._replace(destination=p.pod, port=p.port)
    return packet


def is_marked(ports: tuple[HostPort, ...], packet: Packet) -> bool:
    """Whether a packet that was led to a pod is masqueraded on its way there."""
    to = (packet.destination, packet.port, packet.protocol)
    led = (p for p in ports if (p.pod, p.port, p.protocol) == to)
    return any(packet.source in p.prefix or packet.source.is_loopback for p in led)
