"""From a topology to its world: ordinals become names, MACs, addresses and routes.

The addresses are the ones of every cheat sheet: hosts .101, .102, … of their switch; docker0 172.17.0.1/16; pods
10.244.N.0/24 with N the host's ordinal; routers .1, .2, … of each switch; outside machines .10, .20, ….
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .model import Address, Link, Node, Subnet, Topology, Workload
from .world import Bridge, InterfaceAddress, Machine, PodPrefix, Port, Sandbox, StaticRoute, Vtep, World

__all__ = ["VXLAN_OVERHEAD", "expand", "lay_out", "pod_subnet"]

#: Outer Ethernet, IP, UDP and VXLAN headers, by the IP version of the underlay (RFC 7348, section 5).
VXLAN_OVERHEAD = {4: 14 + 20 + 8 + 8, 6: 14 + 40 + 8 + 8}

_FIRST = {"host": 100, "router": 0, "outside": 0}
_STEP = {"host": 1, "router": 1, "outside": 10}


@dataclass(frozen=True, slots=True)
class _Placed:
    """A node of the file, or one of the `count` it stands for."""

    name: str
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


def lay_out(topology: Topology) -> World:
    """The world of a topology that has been checked. Raises ValueError where a prefix has no address left."""
    placed = list(_place(topology))
    ports = {p.name: _ports(topology, p) for p in placed}
    machines = {p.name: _machine(topology, p, ports, placed) for p in placed}
    return World(
        name=topology.name,
        switches={name: switch.mtu for name, switch in topology.switches.items()},
        subnets={name: switch.subnets for name, switch in topology.switches.items()},
        outside=tuple(s for switch in topology.switches.values() if switch.outside for s in switch.subnets),
        pod_cidrs=topology.pod_network.cidrs if topology.pod_network else (),
        machines=machines,
        sandboxes=_sandboxes(topology, machines),
        dns=topology.dns,
    )


def _place(topology: Topology) -> Iterator[_Placed]:
    ranks = {"host": 0, "router": 0, "outside": 0}
    taken = {n.ordinal for n in topology.nodes.values() if n.ordinal}
    free = (n for n in range(1, 1000) if n not in taken)
    for index, (name, _, node) in enumerate(expand(topology), 1):
        ranks[node.role] += 1
        ordinal = (node.ordinal or next(free)) if node.role == "host" else None
        yield _Placed(name, node, index, ordinal, ordinal or ranks[node.role])


def _ports(topology: Topology, placed: _Placed) -> tuple[Port, ...]:
    return tuple(
        Port(
            name=f"eth{i}",
            switch=link.switch,
            mac=f"02:00:00:00:{placed.index:02x}:{i:02x}",
            addresses=tuple(_link_addresses(topology, placed, link)),
            mtu=link.mtu or topology.switches[link.switch].mtu,
            rate=link.rate,
            delay=link.delay,
            loss=link.loss,
        )
        for i, link in enumerate(placed.node.links)
    )


def _link_addresses(topology: Topology, placed: _Placed, link: Link) -> Iterator[InterfaceAddress]:
    for subnet in topology.switches[link.switch].subnets:
        given = [a for a in link.addresses if a in subnet]
        for address in given or [_ordinal_address(subnet, placed.node.role, placed.rank)]:
            yield _with_prefix(address, subnet)


def _ordinal_address(subnet: Subnet, role: str, rank: int) -> Address:
    """.101 and ::101 for host 1: an IPv6 address shows the same digits as the IPv4 one."""
    number = _FIRST[role] + _STEP[role] * rank
    return _nth(subnet, number if subnet.version == 4 else int(str(number), 16))


def _nth(subnet: Subnet, number: int) -> Address:
    last = subnet.num_addresses - (2 if subnet.version == 4 and subnet.prefixlen < 31 else 1)
    if number > last:
        raise ValueError(f"{subnet} has no address number {number}: a shorter prefix is needed")
    return subnet.network_address + number


def _with_prefix(address: Address, subnet: Subnet) -> InterfaceAddress:
    return ipaddress.ip_interface(f"{address}/{subnet.prefixlen}")


def _machine(
    topology: Topology, placed: _Placed, ports: Mapping[str, tuple[Port, ...]], everyone: Iterable[_Placed]
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
        docker0=_docker0(topology, placed.index) if is_host and _has_docker(topology) else None,
        pods=_pod_prefix(topology, placed, own, ports, everyone) if is_host and topology.pod_network else None,
    )


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
    """A breadth-first walk over the switches: each one not our own is reached through the first router on the way."""
    first_hop: dict[str, tuple[Port, ...] | None] = {p.switch: None for p in routers[start]}
    queue = deque(first_hop)
    while queue:
        here = queue.popleft()
        for name, ports in routers.items():
            if name == start or here not in {p.switch for p in ports}:
                continue
            for port in ports:
                if port.switch not in first_hop:
                    hop = first_hop[here] or tuple(p for p in ports if p.switch == here)
                    first_hop[port.switch] = hop
                    queue.append(port.switch)
                    yield from _routes_to(topology.switches[port.switch].subnets, hop)


def _routes_to(subnets: Iterable[Subnet], hop: tuple[Port, ...]) -> Iterator[StaticRoute]:
    for subnet in subnets:
        gateway = next((a.ip for p in hop for a in p.addresses if a.version == subnet.version), None)
        if gateway is not None:
            yield StaticRoute(subnet, gateway)


def _has_docker(topology: Topology) -> bool:
    return topology.docker is not None


def _docker0(topology: Topology, index: int) -> Bridge:
    assert topology.docker
    addresses = tuple(_with_prefix(_nth(s, 1), s) for s in topology.docker.subnets)
    return Bridge("docker0", f"02:42:00:00:00:{index:02x}", addresses, topology.docker.mtu)


def pod_subnet(cidr: Subnet, ordinal: int) -> Subnet:
    """The part of a cluster CIDR that belongs to one host: a /24 of IPv4, a /64 of IPv6, number `ordinal`."""
    size = 24 if cidr.version == 4 else 64
    bits = 32 if cidr.version == 4 else 128
    base = int(cidr.network_address) + (ordinal << (bits - size))
    return ipaddress.ip_network((base, size))


def _pod_prefix(
    topology: Topology,
    placed: _Placed,
    own: tuple[Port, ...],
    ports: Mapping[str, tuple[Port, ...]],
    everyone: Iterable[_Placed],
) -> PodPrefix:
    network = topology.pod_network
    assert network
    assert placed.ordinal
    subnets = [pod_subnet(c, placed.ordinal) for c in network.cidrs]
    underlay = min(p.mtu for other in everyone if other.node.role == "host" for p in ports[other.name])
    vteps = []
    for subnet in subnets:
        local = _underlay_address(own, subnet.version)
        mtu = network.mtu or underlay - VXLAN_OVERHEAD[local.version]
        name = f"flannel.{network.vni}" if subnet.version == 4 else f"flannel-v6.{network.vni}"
        mac = f"0e:00:00:00:{subnet.version:02x}:{placed.ordinal:02x}"
        vteps.append(Vtep(name, mac, subnet.network_address, local, network.vni, network.port, mtu))
    gateways = tuple(_with_prefix(_nth(s, 1), s) for s in subnets)
    bridge = Bridge("cni0", _cni_mac(gateways, placed.index), gateways, min(v.mtu for v in vteps))
    return PodPrefix(bridge, tuple(vteps))


def _underlay_address(own: tuple[Port, ...], version: int) -> Address:
    """The address a VTEP sends from: of the family of the pods where there is one, as flannel does."""
    addresses = [a.ip for p in own for a in p.addresses]
    return next((a for a in addresses if a.version == version), addresses[0])


def _cni_mac(addresses: tuple[InterfaceAddress, ...], index: int) -> str:
    """0a:58 and the IPv4 address, as the CNI bridge plugin long did; without IPv4, the ordinal."""
    return _mac("0a:58", addresses, index)


def _mac(prefix: str, addresses: tuple[InterfaceAddress, ...], index: int) -> str:
    v4 = next((a.ip.packed for a in addresses if a.version == 4), None)
    tail = v4 if v4 is not None else (0xFE000000 + index).to_bytes(4, "big")
    return ":".join([prefix, *(f"{b:02x}" for b in tail)])


def _sandboxes(topology: Topology, machines: Mapping[str, Machine]) -> dict[str, Sandbox]:
    hosts = [m for m in machines.values() if m.role == "host"]
    taken: dict[tuple[str, str], int] = {}
    found: dict[str, Sandbox] = {}
    for kind, declared in (("container", topology.containers), ("pod", topology.pods)):
        reserved = {a for w in declared.values() for a in w.addresses}
        for name, workload, host in _instances(declared, hosts):
            index = len(found) + 1
            found[name] = _sandbox(name, kind, workload, host, index, taken, reserved)
    return found


def _instances(declared: Mapping[str, Workload], hosts: list[Machine]) -> Iterator[tuple[str, Workload, Machine]]:
    by_name = {h.name: h for h in hosts}
    for name, workload in declared.items():
        if workload.per_node is None:
            yield name, workload, by_name[workload.node or hosts[0].name]
            continue
        places = [h for h in hosts if workload.node in (None, h.name) for _ in range(workload.per_node)]
        yield from ((f"{name}{i}", workload, host) for i, host in enumerate(places, 1))


def _sandbox(
    name: str,
    kind: str,
    workload: Workload,
    host: Machine,
    index: int,
    taken: dict[tuple[str, str], int],
    reserved: set[Address],
) -> Sandbox:
    bridge = host.docker0 if kind == "container" else host.pods and host.pods.bridge
    assert bridge, f"{host.name} has no bridge for a {kind}"
    addresses = tuple(
        _with_prefix(_workload_address(workload, subnet, host.name, taken, reserved), subnet)
        for subnet in bridge.subnets
    )
    return Sandbox(
        name=name,
        kind="container" if kind == "container" else "pod",
        node=host.name,
        index=index,
        image=workload.image,
        bridge=bridge.name,
        veth=f"veth{index:07x}" if kind == "container" else f"veth{index:08x}",
        mac=_mac("02:42" if kind == "container" else "0a:58", addresses, index),
        addresses=addresses,
        gateways=tuple(a.ip for a in bridge.addresses),
        mtu=bridge.mtu,
        publish=workload.publish,
    )


def _workload_address(
    workload: Workload, subnet: Subnet, node: str, taken: dict[tuple[str, str], int], reserved: set[Address]
) -> Address:
    for address in workload.addresses:
        if address in subnet:
            return address
    number = taken.get((node, str(subnet)), 1) + 1
    while _nth(subnet, number) in reserved:
        number += 1
    taken[node, str(subnet)] = number
    return _nth(subnet, number)
