"""A world: a topology with every name, MAC and address worked out. Nothing in it knows whether it is running.

    Topology --addressing.lay_out--> World --> plan, predict, inventory

Interface names, MACs and addresses all follow from one ordinal, so that no two runs differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from .host_networks import (
    DEFAULT_NETWORK,
    Bridge,
    Encapsulation,
    GatewayMode,
    HostNetwork,
    InterfaceAddress,
    PodPrefix,
    PodRoute,
    Vtep,
    Wiring,
)

if TYPE_CHECKING:  # this travels to real machines, where nobody has pydantic (remote.bundle)
    from .model import (
        Address,
        Bandwidth,
        Cni,
        Dns,
        Driver,
        Engine,
        EngineVersion,
        PodNetwork,
        Publication,
        Role,
        Subnet,
    )

__all__ = [
    "DEFAULT_NETWORK",
    "Bridge",
    "Encapsulation",
    "GatewayMode",
    "HostNetwork",
    "InterfaceAddress",
    "Machine",
    "Nic",
    "PodPrefix",
    "PodRoute",
    "Port",
    "Resolving",
    "Sandbox",
    "StaticRoute",
    "Vtep",
    "Wiring",
    "World",
]


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
class Machine:
    """A node. `index` counts all nodes from 1; `ordinal` counts hosts and is None for the others.

    `gateways` are default gateways, at most one for each family; `routes` are a router's ways beyond its own links.
    `networks` are its Docker networks, docker0's first.
    `pod_routes` are its ways to the pods of (other) hosts; a router has some where it takes part in the pod network.
    """

    name: str
    role: Role
    index: int
    ordinal: int | None
    ports: tuple[Port, ...]
    gateways: tuple[Address, ...]
    routes: tuple[StaticRoute, ...]
    runs: tuple[str, ...]
    networks: tuple[HostNetwork, ...] = ()
    pods: PodPrefix | None = None
    pod_routes: tuple[PodRoute, ...] = ()

    @property
    def docker0(self) -> Bridge | None:
        """The default bridge; None on a host without Docker."""
        return next((n.bridge for n in self.networks if n.name == DEFAULT_NETWORK), None)

    @property
    def bridges(self) -> tuple[Bridge, ...]:
        """Every bridge of the host: Docker's, then the pods'."""
        docker = (n.bridge for n in self.networks if n.bridge)
        return (*docker, *((self.pods.bridge,) if self.pods and self.pods.bridge else ()))

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The underlay addresses, in the order of the ports."""
        return tuple(a.ip for port in self.ports for a in port.addresses)

    def address(self, version: int) -> Address | None:
        """The first underlay address of that IP version."""
        return next((a for a in self.addresses if a.version == version), None)

    def network(self, name: str) -> HostNetwork:
        """A Docker network of this host. Raises KeyError."""
        for network in self.networks:
            if network.name == name:
                return network
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Nic:
    """An interface of a sandbox. `network` is the Docker network's name, or `pods`.

    `veth` is the host's end, in `bridge`; without one it is a macvlan or ipvlan port of the host's `parent`.
    `gateways` are the default routes that lead out by it, none where another interface has them, which follows from
    `priority` and the network's name. Where pods are routed to (`wiring`) there is no bridge, and `bridge` is the
    host's end itself. Where the way out `publishes`, ports are bound on the host, by default at `binding`. `fixed`
    addresses are those somebody asked for.
    """

    name: str
    network: str
    mac: str
    addresses: tuple[InterfaceAddress, ...]
    gateways: tuple[Address, ...]
    mtu: int
    bridge: str = ""
    veth: str = ""
    parent: str = ""
    driver: Driver = "bridge"
    aliases: tuple[str, ...] = ()
    wiring: Wiring = "bridge"
    priority: int = 0
    publishes: bool = False
    binding: Address | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Resolving:
    """What a container is told of names: `--dns`, `--dns-search`, `--add-host` (name, address), `--hostname`."""

    servers: tuple[Address, ...] = ()
    search: tuple[str, ...] = ()
    hosts: tuple[tuple[str, Address], ...] = ()
    hostname: str = ""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A container or pod: namespaces on a host. `index` counts all sandboxes from 1.

    `nics` are the interfaces seen inside. In mode `host` those are the host's, with `joins` those of that container;
    they are made, with the network namespace they are in, only in the mode `own`. A pod of several `containers` (name,
    image) has the first one's `image`; `bandwidth` limits it. `wanted` is what was asked for, `publish` the same with
    the ports that the host picked, `published` what that comes to; `plugged` counts the interfaces a container has had
    since it runs; `home` is the network it was made for.
    """

    name: str
    kind: Literal["container", "pod"]
    node: str
    index: int
    image: str
    nics: tuple[Nic, ...]
    publish: tuple[Publication, ...] = ()
    wanted: tuple[Publication, ...] = ()
    mode: Literal["own", "host", "none", "container"] = "own"
    joins: str | None = None
    resolving: Resolving = Resolving()
    containers: tuple[tuple[str, str], ...] = ()
    bandwidth: Bandwidth | None = None
    plugged: int = 0
    home: str = ""

    @property
    def published(self) -> tuple[Publication, ...]:
        """With the address each port is bound to on the host, None for all of them: a container's way out decides."""
        way = next((n for n in self.nics if n.gateways and n.publishes), None)
        if self.kind == "pod" or (way and way.binding is None):
            return self.publish
        bound = {"address": way.binding} if way else {}
        return tuple(p if p.address else p.model_copy(update=bound) for p in self.publish if way)

    @property
    def images(self) -> tuple[str, ...]:
        """What it runs."""
        return tuple(image for _, image in self.containers) or (self.image,)

    @property
    def primary(self) -> Nic | None:
        """The interface of the default route, else the first."""
        return next((n for n in self.nics if n.gateways), self.nics[0] if self.nics else None)

    @property
    def bridge(self) -> str:
        """The bridge that the primary interface's host end is in; empty without one."""
        return self.primary.bridge if self.primary else ""

    @property
    def veth(self) -> str:
        """The host's end of the primary interface."""
        return self.primary.veth if self.primary else ""

    @property
    def wiring(self) -> Wiring:
        """How the primary interface hangs on the host; without one as on a bridge."""
        return self.primary.wiring if self.primary else "bridge"

    @property
    def mac(self) -> str:
        """Of the primary interface; empty without one."""
        return self.primary.mac if self.primary else ""

    @property
    def interface(self) -> str:
        """The name of the primary interface; without one that of the loopback."""
        return self.primary.name if self.primary else "lo"

    @property
    def mtu(self) -> int:
        """Of the primary interface, in bytes; without one that of the loopback, 65536."""
        return self.primary.mtu if self.primary else 65536

    @property
    def addresses(self) -> tuple[InterfaceAddress, ...]:
        """Every address of every interface, the primary one's first."""
        first = self.primary
        others = (n for n in self.nics if n is not first)
        return tuple(a for n in (*((first,) if first else ()), *others) for a in n.addresses)

    @property
    def gateways(self) -> tuple[Address, ...]:
        """The default gateways, at most one for each family."""
        return tuple(g for n in self.nics for g in n.gateways)

    @property
    def embedded_dns(self) -> bool:
        """Its name server is Docker's own, 127.0.0.11: where it is on a network of a user's making."""
        if self.kind == "pod" or self.mode in ("host", "none"):
            return False
        return any(n.network != DEFAULT_NETWORK for n in self.nics)

    def address(self, version: int) -> Address | None:
        """Its first address of IP version 4 or 6, None where it has none."""
        return next((a.ip for a in self.addresses if a.version == version), None)

    def nic(self, network: str) -> Nic | None:
        """Its interface on the network of that name, None where it is not on it."""
        return next((n for n in self.nics if n.network == network), None)


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
    pod_network: PodNetwork | None = None
    subnets: dict[str, tuple[Subnet, ...]] = field(default_factory=dict)
    engine: Engine = "emulated"
    engine_version: EngineVersion = "28"
    cni: Cni | None = None

    def hosts(self) -> Iterator[Machine]:
        """The machines that containers and pods may be on, in the file's order."""
        return (m for m in self.machines.values() if m.role == "host")

    def without(self, names: Collection[str]) -> World:
        """The world in which these nodes, and what is on them, are not there. Raises KeyError for one that is not."""
        for name in names:
            _ = self.machines[name]
        machines = {
            name: replace(m, pod_routes=tuple(r for r in m.pod_routes if r.peer not in names))
            for name, m in self.machines.items()
            if name not in names
        }
        sandboxes = {name: s for name, s in self.sandboxes.items() if s.node not in names}
        return replace(self, machines=machines, sandboxes=sandboxes)

    def towards(self, source: str, target: str, version: int) -> Address | None:
        """Where `source` finds `target`: on a network they share, else at its first address. Raises KeyError."""
        here, there = self.sandboxes.get(source), self.sandboxes.get(target)
        shared = [n.network for n in here.nics] if here and there and self._neighbours(here, there) else []
        nics = (n for name in shared for n in (there.nics if there else ()) if n.network == name)
        found = (a.ip for n in nics for a in n.addresses)
        place = there or self.machines[target]
        return next((a for a in found if a.version == version), place.address(version))

    def _neighbours(self, one: Sandbox, other: Sandbox) -> bool:
        return one.node == other.node or bool(self.shared(one, other))

    def shared(self, one: Sandbox, other: Sandbox) -> set[str]:
        """The networks of hosts' sharing, overlays and wires, that both sandboxes are on."""
        wide = [{n.network for n in s.nics if n.driver != "bridge"} for s in (one, other)]
        return wide[0] & wide[1]

    def on(self, node: str) -> Iterator[Sandbox]:
        """The sandboxes of one node, in order."""
        return (s for s in self.sandboxes.values() if s.node == node)
