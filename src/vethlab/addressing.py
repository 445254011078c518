"""From a topology to its world: ordinals become names, MACs, addresses and routes.

The addresses are the ones of every cheat sheet: hosts .101, .102, … of their switch; docker0 172.17.0.1/16; pods
10.244.N.0/24 with N the host's ordinal; routers .1, .2, … of each switch; outside machines .10, .20, ….
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from .containers import Allocator, container, settle
from .defaults import complete
from .docker_networks import GATEWAY_BRIDGE, host_networks
from .docker_versions import has
from .ipam import BlockPool
from .model import Address, Container, EngineVersion, Link, Node, Subnet, Topology, Workload
from .ordinals import nth, with_prefix
from .podnet import Wish, assign, kind_of, pod_prefix, pod_routes, with_blocks
from .pods import PodAddresses, pod
from .world import HostNetwork, InterfaceAddress, Machine, PodPrefix, Port, Sandbox, StaticRoute, World

__all__ = [
    "Placed",
    "expand",
    "instances",
    "lay_out",
    "link_addresses",
    "place",
]

#: A container or a pod, as declared.
W = TypeVar("W", bound=Workload)

_FIRST = {"host": 100, "router": 0, "outside": 0}
_STEP = {"host": 1, "router": 1, "outside": 10}


@dataclass(frozen=True, slots=True)
class Placed:
    """A node of the file, or one of the `count` it stands for; `key` is its name in the file.

    `index` counts all nodes from 1. `rank` yields the address: the ordinal of a host, else a count within the role.
    """

    name: str
    key: str
    node: Node
    index: int
    ordinal: int | None
    rank: int


def expand(topology: Topology) -> Iterator[tuple[str, str, Node]]:
    """(name, name in the file, node), with `count` written out."""
    for name, node in topology.nodes.items():
        if node.count is None:
            yield name, name, node
        else:
            yield from ((f"{name}{i}", name, node) for i in range(1, node.count + 1))


def lay_out(topology: Topology, version: EngineVersion | None = None) -> World:
    """The world of a topology that has been checked. Raises ValueError where a prefix has no address left.

    Defaults that a topology may leave to vethlab (docker0, the pod network) are filled in first. `version` is that of a
    real engine, whatever the file expects.
    """
    topology = _of_version(complete(topology), version)
    placed = list(place(topology))
    ports = {p.name: _ports(topology, p) for p in placed}
    machines = {p.name: _machine(topology, p, ports, placed) for p in placed}
    pools = _block_pools(topology, machines)
    machines = _with_pod_routes(topology, machines, pools)
    return World(
        name=topology.name,
        switches={name: switch.mtu for name, switch in topology.switches.items()},
        subnets={name: switch.subnets for name, switch in topology.switches.items()},
        outside=tuple(s for switch in topology.switches.values() if switch.outside for s in switch.subnets),
        pod_cidrs=topology.pod_network.cidrs if topology.pod_network else (),
        machines=machines,
        sandboxes=_sandboxes(topology, machines, pools),
        dns=topology.dns,
        engine=topology.docker.engine if topology.docker else "emulated",
        engine_version=topology.docker.version if topology.docker else "28",
        cni=topology.cni if topology.pods or topology.pod_network else None,
        pod_network=topology.pod_network,
    )


def _of_version(topology: Topology, version: EngineVersion | None) -> Topology:
    if version is None or topology.docker is None:
        return topology
    return topology.model_copy(update={"docker": topology.docker.model_copy(update={"version": version})})


def _block_pools(topology: Topology, machines: Mapping[str, Machine]) -> tuple[BlockPool, ...]:
    """Who has which block, and which address of it, where addresses are managed in blocks."""
    network = topology.pod_network
    if network is None or not kind_of(network).blocks:
        return ()
    hosts = {m.name: m.ordinal for m in machines.values() if m.ordinal}
    pods = instances(topology.pods, list(hosts))
    return assign(network, hosts, [Wish(name, host, pod.addresses) for name, _, pod, host in pods])


def _with_pod_routes(
    topology: Topology, machines: dict[str, Machine], pools: tuple[BlockPool, ...]
) -> dict[str, Machine]:
    """They are known when every host has its part of the pod network."""
    network = topology.pod_network
    if network is None:
        return machines
    parts = {m.name: with_blocks(m.pods, m.name, pools) for m in machines.values() if m.pods}
    machines = {name: replace(m, pods=parts.get(name)) for name, m in machines.items()}
    return {name: replace(m, pod_routes=pod_routes(network, m, machines)) for name, m in machines.items()}


def place(topology: Topology) -> Iterator[Placed]:
    """Every machine with its ordinal: the file's where it gives one, else the lowest that is free."""
    ranks = {"host": 0, "router": 0, "outside": 0}
    taken = {n.ordinal for n in topology.nodes.values() if n.ordinal}
    free = (n for n in range(1, 1000) if n not in taken)
    for index, (name, key, node) in enumerate(expand(topology), 1):
        ranks[node.role] += 1
        ordinal = (node.ordinal or next(free)) if node.role == "host" else None
        yield Placed(name, key, node, index, ordinal, ordinal or ranks[node.role])


def _ports(topology: Topology, placed: Placed) -> tuple[Port, ...]:
    return tuple(
        Port(
            name=f"eth{i}",
            switch=link.switch,
            mac=f"02:00:00:00:{placed.index:02x}:{i:02x}",
            addresses=tuple(link_addresses(topology, placed, link)),
            mtu=link.mtu or topology.switches[link.switch].mtu,
            rate=link.rate,
            delay=link.delay,
            loss=link.loss,
        )
        for i, link in enumerate(placed.node.links)
    )


def link_addresses(topology: Topology, placed: Placed, link: Link) -> Iterator[InterfaceAddress]:
    """The addresses of one link: those given, and in every other subnet of its switch the one of the ordinal.

    Raises ValueError where a subnet is too small for the ordinal.
    """
    for subnet in topology.switches[link.switch].subnets:
        given = [a for a in link.addresses if a in subnet]
        yield from (with_prefix(a, subnet) for a in given or [_ordinal_address(subnet, placed.node.role, placed.rank)])


def _ordinal_address(subnet: Subnet, role: str, rank: int) -> Address:
    """.101 and ::101 for host 1: an IPv6 address shows the same digits as the IPv4 one."""
    number = _FIRST[role] + _STEP[role] * rank
    return nth(subnet, number if subnet.version == 4 else int(str(number), 16))


def _machine(
    topology: Topology, placed: Placed, ports: Mapping[str, tuple[Port, ...]], everyone: Iterable[Placed]
) -> Machine:
    routers = {p.name: ports[p.name] for p in everyone if p.node.role == "router"}
    own = ports[placed.name]
    is_router, is_host = placed.node.role == "router", placed.node.role == "host"
    return Machine(
        name=placed.name,
        role=placed.node.role,
        index=placed.index,
        ordinal=placed.ordinal,
        ports=own,
        gateways=() if is_router else tuple(_gateways(own, routers)),
        routes=tuple(_routes(topology, placed.name, routers)) if is_router else (),
        runs=placed.node.runs,
        networks=_docker(topology, placed, ports, everyone) if is_host and topology.docker else (),
        pods=_pods(topology, placed, ports, everyone) if is_host else None,
    )


def _pods(
    topology: Topology, placed: Placed, ports: Mapping[str, tuple[Port, ...]], everyone: Iterable[Placed]
) -> PodPrefix | None:
    if topology.pod_network is None or placed.ordinal is None:
        return None
    hosts = {p.ordinal: ports[p.name] for p in everyone if p.ordinal}
    underlay = min(port.mtu for own in hosts.values() for port in own)
    return pod_prefix(topology.pod_network, placed.ordinal, placed.index, ports[placed.name], hosts, underlay)


def _gateways(own: tuple[Port, ...], routers: Mapping[str, tuple[Port, ...]]) -> Iterator[Address]:
    for version in (4, 6):
        switches = [p.switch for p in own if any(a.version == version for a in p.addresses)]
        yield from [
            a.ip
            for switch in switches
            for ports in routers.values()
            for port in ports
            if port.switch == switch
            for a in port.addresses
            if a.version == version
        ][:1]


def _routes(topology: Topology, start: str, routers: Mapping[str, tuple[Port, ...]]) -> Iterator[StaticRoute]:
    """Ways to every switch that is not our own, for each family by itself: a way of IPv4 may not carry IPv6."""
    for version in (4, 6):
        sides = {name: dict(_sides(ports, version)) for name, ports in routers.items()}
        for switch, gateway in _walk(start, sides):
            for subnet in topology.switches[switch].subnets:
                if subnet.version == version:
                    yield StaticRoute(subnet, gateway)


def _sides(ports: Iterable[Port], version: int) -> Iterator[tuple[str, Address]]:
    """(switch, own address there) of the ports that have an address of that version."""
    for port in ports:
        yield from [(port.switch, a.ip) for a in port.addresses if a.version == version][:1]


def _walk(start: str, sides: Mapping[str, Mapping[str, Address]]) -> Iterator[tuple[str, Address]]:
    """Breadth first over the switches: (switch, the neighbour's address through which it is reached)."""
    first_hop: dict[str, Address | None] = dict.fromkeys(sides[start])
    queue = deque(first_hop)
    while queue:
        here = queue.popleft()
        for name, own in sides.items():
            if name == start or here not in own:
                continue
            hop = first_hop[here] or own[here]
            for switch in own:
                if switch not in first_hop:
                    first_hop[switch] = hop
                    queue.append(switch)
                    yield switch, hop


def _docker(
    topology: Topology, placed: Placed, ports: Mapping[str, tuple[Port, ...]], everyone: Iterable[Placed]
) -> tuple[HostNetwork, ...]:
    hosts = {p.name: ports[p.name] for p in everyone if p.node.role == "host"}
    return host_networks(topology, placed.name, placed.index, ports[placed.name], hosts)


def _sandboxes(topology: Topology, machines: Mapping[str, Machine], pools: Iterable[BlockPool]) -> dict[str, Sandbox]:
    hosts = [m.name for m in machines.values() if m.role == "host"]
    allocator = _allocator(topology, machines)
    found: dict[str, Sandbox] = {}
    for name, _, declared, host in instances(topology.containers, hosts):
        known = _as_engine_knows(declared, topology)
        found[name] = container(name, known, machines[host], len(found) + 1, allocator)
    addresses = PodAddresses(topology.pods.values(), pools)
    for name, _, workload, host in instances(topology.pods, hosts):
        found[name] = pod(name, workload, machines[host], len(found) + 1, addresses)
    return settle(found, machines)


def _as_engine_knows(declared: Container, topology: Topology) -> Container:
    """Before gateways had priorities, an engine was never told of any."""
    if topology.docker is None or has(topology.docker.version, "gateway-priority"):
        return declared
    level = tuple(a.model_copy(update={"gateway_priority": 0}) for a in declared.networks)
    return declared.model_copy(update={"networks": level})


def _allocator(topology: Topology, machines: Mapping[str, Machine]) -> Allocator:
    """Nobody gets by chance what somebody was given: addresses of machines and containers, ports of the host."""
    allocator = Allocator()
    given = {a for c in topology.containers.values() for a in c.addresses}
    given |= {a for c in topology.containers.values() for n in c.networks for a in n.addresses}
    everybody = {a for m in machines.values() for a in m.addresses}
    for machine in machines.values():
        allocator.ports[machine.name] = {p.host_port for c in topology.containers.values() for p in c.publish}
        for network in machine.networks:
            # On the gateway bridge the first is taken by the ingress network's own way out.
            ingress = {nth(s, 2) for s in network.subnets} if network.name == GATEWAY_BRIDGE else set()
            allocator.reserve(machine.name, network, given | everybody | ingress)
    return allocator


def instances(declared: Mapping[str, W], hosts: Sequence[str]) -> Iterator[tuple[str, str, W, str]]:
    """(name, name in the file, workload, host), with `per_node` written out. Without `node`, the first host."""
    for name, workload in declared.items():
        if workload.per_node is None:
            yield name, name, workload, workload.node or hosts[0]
            continue
        places = [h for h in hosts if workload.node in (None, h) for _ in range(workload.per_node)]
        yield from ((f"{name}{i}", name, workload, host) for i, host in enumerate(places, 1))
