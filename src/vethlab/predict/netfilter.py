"""The rules of a host, as its packets meet them.

    packet in
       │ raw PREROUTING     to a container, not from its bridge: drop
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

from ..docker_versions import has
from ..model import Address, Subnet
from ..podnet import Masquerade, kind_of
from ..world import HostNetwork, Machine, Sandbox, World
from .packet import Packet
from .portmap import HostPort, host_ports, is_marked, lead

__all__ = ["Rules", "rules"]


@dataclass(frozen=True, slots=True)
class _Published:
    """Packets to `host_port` (on `bound` only, if given) go to `container`:`port`; `translated` where it is by NAT."""

    bound: Address | None
    host_port: int
    protocol: str
    container: Address
    port: int
    translated: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """One host's chains. Every method takes the packet as it is at that hook.

    `networks` are Docker's by the name of their bridge, `endpoints` the containers' addresses that raw PREROUTING keeps
    to their bridges, `protected` whether Docker drops what is not published whatever FORWARD's policy says (28 on).
    """

    networks: dict[str, HostNetwork]
    endpoints: dict[Address, str]
    published: tuple[_Published, ...]
    cluster: tuple[Subnet, ...]
    own: tuple[Subnet, ...]
    masquerade: Masquerade = "flannel"
    host_ports: tuple[HostPort, ...] = ()
    protected: bool = True

    def raw(self, packet: Packet, came_in: str) -> str | None:
        """Why raw PREROUTING drops the packet; None if it does not."""
        bridge = self.endpoints.get(packet.destination, came_in)
        if bridge != came_in:
            return f"raw PREROUTING drops what is sent to a container's address from outside {bridge}"
        return None

    def dnat(self, packet: Packet) -> Packet:
        """The packet after the DOCKER chain of nat; it has been found to be for an address of the host."""
        for p in self.published:
            if (p.host_port, p.protocol) != (packet.port, packet.protocol) or packet.kind != "question":
                continue
            same = p.container.version == packet.destination.version
            if p.translated and same and p.bound in (None, packet.destination):
                return packet._replace(destination=p.container, port=p.port)
        return lead(self.host_ports, packet)

    def forward(self, packet: Packet, came_in: str, goes_out: str) -> str | None:
        """Why filter FORWARD drops the packet; None if it does not."""
        if not self.networks:
            return None
        source, target = self.networks.get(came_in), self.networks.get(goes_out)
        if target and target.driver == "overlay":
            return None
        if target and not target.internal and packet.kind != "question":
            return None
        apart = self._isolated(packet, source, target)
        if apart:
            return apart
        verdict = self._to_container(packet, target) if source is not target else None
        if verdict is None:
            verdict = self._from_container(source, target)
        if verdict is not None:
            return verdict or None
        if _within(packet.source, self.cluster) or _within(packet.destination, self.cluster):
            return None
        return "the policy of filter FORWARD is DROP"

    def _isolated(self, packet: Packet, source: HostNetwork | None, target: HostNetwork | None) -> str | None:
        """DOCKER-ISOLATION-STAGE-1 and -2."""
        version = packet.destination.version
        if target and target.internal and not _within(packet.source, target.subnets):
            return f"nothing from outside gets into the internal network {target.name}"
        if source and source.internal and not _within(packet.destination, source.subnets):
            return f"nothing gets out of the internal network {source.name}"
        if source and target and source is not target and target.mode(version) != "routed":
            return f"the networks {source.name} and {target.name} are isolated from each other"
        return None

    def _to_container(self, packet: Packet, target: HostNetwork | None) -> str | None:
        """DOCKER: "" accepts, words drop, None leaves it to the rules that follow."""
        if target is None or target.internal:
            return None
        mode = target.mode(packet.destination.version)
        if self._opened(packet) or mode == "nat-unprotected" or (mode == "routed" and packet.protocol == "icmp"):
            return ""
        return "filter DOCKER drops what is forwarded to a container and not published" if self.protected else None

    def _from_container(self, source: HostNetwork | None, target: HostNetwork | None) -> str | None:
        if source and source is target and not source.icc:
            return f"{source.name} has icc=false: its containers do not reach each other"
        return "" if source and (source is target or not source.internal) else None

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
        for bridge, network in self.networks.items():
            if network.internal or network.driver == "overlay":
                continue
            if goes_out == bridge and from_host:
                return True
            translates = network.masquerade and network.mode(packet.source.version) in ("nat", "nat-unprotected")
            if translates and goes_out != bridge and _within(packet.source, network.subnets):
                return True
        return packet.source == packet.destination and self._opened(packet)

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
    """The chains of a host; a host without Docker has none of Docker's, without pods none of the pod network's."""
    networks = {n.bridge.name: n for n in machine.networks if n.bridge}
    protected = has(world.engine_version, "protected")
    return Rules(
        networks=networks,
        endpoints=dict(_endpoints(world, machine, networks)) if protected else {},
        published=tuple(_published(world, machine, networks)),
        cluster=world.pod_cidrs if machine.pods else (),
        own=machine.pods.subnets if machine.pods else (),
        masquerade=kind_of(world.pod_network).masquerade if world.pod_network else "leaving",
        host_ports=host_ports(world, machine),
        protected=protected,
    )


def _containers(world: World, machine: Machine) -> Iterator[Sandbox]:
    return (s for s in world.on(machine.name) if s.kind == "container" and s.mode == "own")


def _endpoints(world: World, machine: Machine, networks: dict[str, HostNetwork]) -> Iterator[tuple[Address, str]]:
    for sandbox in _containers(world, machine):
        for nic in sandbox.nics:
            network = networks.get(nic.bridge)
            if network and network.driver == "bridge" and not network.internal:
                yield from ((a.ip, nic.bridge) for a in nic.addresses if network.mode(a.version) == "nat")


def _published(world: World, machine: Machine, networks: dict[str, HostNetwork]) -> Iterator[_Published]:
    """On the network that has the default route of that IP version, and only there."""
    for sandbox in _containers(world, machine):
        for nic in sandbox.nics:
            led = {g.version for g in nic.gateways} if nic.publishes else set()
            for a in (a for a in nic.addresses if a.version in led):
                translated = networks[nic.bridge].mode(a.version) in ("nat", "nat-unprotected")
                for p in sandbox.published:
                    if p.address is None or p.address.version == a.version:
                        bound = None if p.address is None or p.address.is_unspecified else p.address
                        yield _Published(bound, p.host_port, p.protocol, a.ip, p.port, translated)
