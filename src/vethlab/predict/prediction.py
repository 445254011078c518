"""The prediction of one probe: the walk it takes, and what its sender observes."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from ..model import Address
from ..outcome import Answered, Outcome, Reached, Refused
from ..row import Hop, Probe
from ..world import World
from . import dns
from .conversation import Conversation, converse
from .fabric import Fabric, compile_world
from .mtu import arithmetic, path_mtu
from .service import Served, served, speak

__all__ = ["Prediction", "Predictor", "predict"]

_PROTOCOL: dict[str, Literal["tcp", "udp", "icmp"]] = {
    "tcp": "tcp",
    "http": "tcp",
    "udp": "udp",
    "dns": "udp",
    "icmp": "icmp",
    "mtu": "icmp",
}


@dataclass(frozen=True, slots=True)
class Prediction:
    """`outcome` None means no prediction, and `reason` why; else `reason` explains the outcome.

    `path` are the interfaces that should see the packets, out and back, those of a tunnel's underlay included.
    """

    outcome: Outcome | None
    reason: str
    path: tuple[Hop, ...]


class Predictor:
    """Predictions about one world; what does not depend on the probe is worked out once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._resolved: dict[tuple[str, Address], bool] = {}
        self._addresses: dict[str, Address | str] = {}

    @cached_property
    def fabric(self) -> Fabric:
        """Every stack of the world and what lies between them, as it should be after converge."""
        return compile_world(self.world)

    @cached_property
    def served(self) -> dict[str, Served]:
        """What the images of each machine and sandbox serve, by its name."""
        return served(self.world)

    @cached_property
    def listening(self) -> dict[str, Served]:
        """What answers in a stack, which several sandboxes may share with each other or with their host."""
        found: dict[str, Served] = {}
        for name, stack in self.fabric.stacks.items():
            found.setdefault(stack.name, Served()).ports.update(self.served[name].ports)
        return found

    def predict(self, source: str, probe: Probe) -> Prediction:
        """What `source`, a node or a sandbox, observes of `probe`. Raises KeyError for a name the world lacks."""
        interfaces = self.fabric.stacks[source].interfaces
        start = (Hop(source, interfaces[0].name if interfaces else "lo"),)
        address = self._address(source, probe)
        if isinstance(address, str):
            return Prediction(None, address, start)
        port = 53 if probe.kind == "dns" and probe.port is None else probe.port
        if port is None and probe.kind not in ("icmp", "mtu"):
            return Prediction(None, f"a {probe.kind} probe needs a port", start)
        if probe.kind == "dns" and address == dns.EMBEDDED and port == 53:
            return self._embedded(source, probe, (Hop(source, "lo"),))
        said = converse(self.fabric, source, address, _PROTOCOL[probe.kind], port)
        doubt = self._doubt(source, address, said)
        if doubt:
            return Prediction(None, doubt, said.path or start)
        return self._judge(probe, address, said)

    def _embedded(self, source: str, probe: Probe, start: tuple[Hop, ...]) -> Prediction:
        sandbox = self.world.sandboxes.get(source)
        if sandbox is None or not sandbox.embedded_dns:
            return Prediction(None, f"{source} has no embedded name server", start)
        version = 4 if probe.record == "A" else 6
        answer = dns.embedded(self.world, source, probe.name or "", version, self._reaches)
        if isinstance(answer, dns.Unknown):
            return Prediction(None, answer.reason, start)
        return Prediction(replace(answer, server=str(dns.EMBEDDED)), "Docker's embedded name server answers", start)

    def _address(self, source: str, probe: Probe) -> Address | str:
        """Where the packets go, or why that cannot be said."""
        if probe.address is None:
            found = dns.server_of(self.world, source) if probe.kind == "dns" else None
            return found or f"{source} has no resolv.conf that names a server"
        if probe.address not in self._addresses:
            self._addresses[probe.address] = self._unicast(probe.address)
        return self._addresses[probe.address]

    def _unicast(self, text: str) -> Address | str:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return f"{text} is not an address"
        special = address.is_multicast or address.is_unspecified or address.is_link_local
        if special or address in self._edges or int(address) == 0xFFFFFFFF:
            return f"{address} is not a unicast address with a global scope"
        return address

    @cached_property
    def _edges(self) -> frozenset[Address]:
        """The lowest and the broadcast addresses of every IPv4 subnet, but for those a VTEP has for its own."""
        bridges = [b for h in self.world.hosts() for b in h.bridges]
        subnets = {s for subnets in self.world.subnets.values() for s in subnets}
        subnets |= {s for bridge in bridges for s in bridge.subnets}
        edges = {a for s in subnets if s.version == 4 for a in (s.network_address, s.broadcast_address)}
        return frozenset(edges - {v.address for h in self.world.hosts() if h.pods for v in h.pods.vteps})

    def _doubt(self, source: str, address: Address, said: Conversation) -> str | None:
        """Why nobody should bet on this conversation."""
        if said.failure is None and said.server is None:
            return said.reason
        if said.walk.translations and address.version == 6 and address.is_loopback:
            return "IPv6 knows no route_localnet: a port published on ::1 is not certain to leave the host"
        sandbox = self.world.sandboxes.get(source)
        machine = self.world.machines[sandbox.node if sandbox else source]
        vteps = machine.pods.vteps if machine.pods else ()
        if sandbox and sandbox.kind == "pod" and any(v.address == address for v in vteps):
            return f"{address} is the lowest address of the pod's own subnet, which kernels treat differently"
        return None

    def _judge(self, probe: Probe, address: Address, said: Conversation) -> Prediction:
        if said.failure is not None:
            return Prediction(said.failure, said.reason + self._unjoined(said.path[0].node, address), said.path)
        assert said.server
        if probe.kind == "mtu":
            found: Outcome | str = path_mtu(self.world, said.walk)
            why = found if isinstance(found, str) else arithmetic(self.world, said.walk)
            return Prediction(None if isinstance(found, str) else found, why, said.path)
        told = self._told(probe, address, said, said.server)
        if isinstance(told, str):
            return Prediction(None, told, said.path)
        return Prediction(told, f"{said.server} sees {said.seen}", said.path)

    def _unjoined(self, source: str, address: Address) -> str:
        """What is to be said of a host that has no way to another's pods, the network being what it is."""
        sandbox = self.world.sandboxes.get(source)
        machine, network = self.world.machines[sandbox.node if sandbox else source], self.world.pod_network
        if network is None or machine.pods is None or machine.pods.wiring == "flat":
            return ""
        known = {machine.name, *(r.peer for r in machine.pod_routes)}
        for peer in self.world.hosts():
            if peer.name not in known and peer.pods and any(address in s for s in peer.pods.announced):
                return f"; {machine.name} has no route to {peer.name}'s pods: {network.type} joins hosts of one switch"
        return ""

    def _told(self, probe: Probe, address: Address, said: Conversation, server: str) -> Outcome | str:
        assert said.asked
        if probe.kind == "icmp":
            return Reached()
        port = said.asked.port or 0
        listening = self.listening[server]
        if _PROTOCOL[probe.kind] == "udp" and self._swallowed(server, port):
            return f"{server} takes UDP {port} for its tunnel, and answers nothing"
        if probe.kind != "dns":
            return speak(listening, probe.kind, port, said.seen, probe.path)
        if ("udp", port) not in listening.ports:
            return Refused()
        version = 4 if probe.record == "A" else 6
        answer = dns.ask(self.world, server, probe.name or "", version, self._reaches) if port == 53 else None
        if isinstance(answer, Answered):
            return replace(answer, server=str(address))
        return answer.reason if answer else f"port {port} of {server} is no name server"

    def _swallowed(self, server: str, port: int) -> bool:
        machine = self.world.machines.get(server)
        if machine is None:
            return False
        tunnels = [*(machine.pods.vteps if machine.pods else ()), *(n.vtep for n in machine.networks if n.vtep)]
        return port in {v.port for v in tunnels}

    def _reaches(self, server: str, address: Address) -> bool:
        """True when the name server on `server` gets an answer from `address`."""
        key = (server, address)
        if key not in self._resolved:
            said = converse(self.fabric, server, address, "udp", 53)
            known = said.server is not None and ("udp", 53) in self.listening[said.server].ports
            self._resolved[key] = said.failure is None and known
        return self._resolved[key]


_latest: Predictor | None = None


def predict(world: World, source: str, probe: Probe) -> Prediction:
    """What `source`, a node or a sandbox of `world`, observes of `probe`; no effects, no guesses.

    Raises KeyError for a name the world lacks. Asked many times about one world it works quickest with the same
    object, since the latest one stays compiled.
    """
    global _latest
    if _latest is None or _latest.world is not world:
        _latest = Predictor(world)
    return _latest.predict(source, probe)
