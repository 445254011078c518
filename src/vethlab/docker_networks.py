"""Docker's networks worked out: what a topology declares once, as each host has it.

    docker.subnets          docker0, called `bridge`          172.17.0.0/16
    an overlay is declared  docker_gwbridge, its way out      172.18.0.0/16
    docker.networks         each on its nodes                 the next of Docker's pools where no subnet is given

Sources: moby, libnetwork/ipamutils (the pools), libnetwork/drivers/bridge and overlay (names, options).
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from .docker_versions import has
from .model import Address, Docker, DockerNetwork, EngineVersion, Subnet, Topology
from .ordinals import VXLAN_OVERHEAD, nth, with_prefix
from .world import DEFAULT_NETWORK, Bridge, GatewayMode, HostNetwork, Port, Vtep

__all__ = [
    "BRIDGE_OPTIONS",
    "DRIVER_OPTIONS",
    "GATEWAY_BRIDGE",
    "WIRE_MODES",
    "declared_networks",
    "host_network",
    "host_networks",
    "is_on",
    "network_id",
    "next_pool",
    "pools",
]

#: The bridge through which containers on an overlay reach everything else.
GATEWAY_BRIDGE = "docker_gwbridge"
_BRIDGE = "com.docker.network.bridge."
#: The options of the bridge driver that are kept; others are refused, for they would change nothing.
BRIDGE_OPTIONS = tuple(
    _BRIDGE + name
    for name in (
        "name",
        "enable_icc",
        "enable_ip_masquerade",
        "host_binding_ipv4",
        "gateway_mode_ipv4",
        "gateway_mode_ipv6",
    )
)
#: What each driver takes.
DRIVER_OPTIONS = {
    "bridge": (*BRIDGE_OPTIONS, "com.docker.network.driver.mtu"),
    "overlay": ("com.docker.network.driver.mtu", "encrypted"),
    "macvlan": ("parent", "macvlan_mode"),
    "ipvlan": ("parent", "ipvlan_mode"),
}
#: Docker's ways for a port of a wire to see the others, and the one that labs make.
WIRE_MODES = {
    "macvlan_mode": (("bridge", "vepa", "passthru", "private"), "bridge"),
    "ipvlan_mode": (("l2", "l3", "l3s"), "l2"),
}
#: Swarm gives networks these numbers in turn; 4096 is that of its own ingress network.
_FIRST_VNI = 4097
#: IANA's port for VXLAN, which Docker uses.
_VXLAN_PORT = 4789


def declared_networks(docker: Docker) -> dict[str, DockerNetwork]:
    """The networks of users, before them the gateway bridge where an overlay needs one."""
    overlay = any(n.driver == "overlay" for n in docker.networks.values())
    own = {GATEWAY_BRIDGE: DockerNetwork(options={_BRIDGE + "enable_icc": "false"})} if overlay else {}
    return own | docker.networks


def network_id(name: str, node: str = "") -> str:
    """64 hexadecimal digits, as Docker's; the same in every run."""
    return hashlib.sha256(f"{node}/{name}".encode()).hexdigest()


def pools(topology: Topology) -> dict[str, tuple[Subnet, ...]]:
    """The subnets of every network of `declared_networks`: those given, else the next of Docker's pools."""
    if topology.docker is None:
        return {}
    declared = declared_networks(topology.docker)
    taken = list(_taken(topology))
    found: dict[str, tuple[Subnet, ...]] = {}
    for name, network in declared.items():
        found[name] = _subnets(network, taken, len(found))
        taken += found[name]
    return found


def _taken(topology: Topology) -> Iterator[Subnet]:
    for switch in topology.switches.values():
        yield from switch.subnets
    yield from topology.pod_network.cidrs if topology.pod_network else ()
    assert topology.docker
    yield from topology.docker.subnets
    for network in topology.docker.networks.values():
        yield from network.subnets


def _subnets(network: DockerNetwork, taken: Iterable[Subnet], number: int) -> tuple[Subnet, ...]:
    given = list(network.subnets)
    if not any(s.version == 4 for s in given) and not (given and network.driver != "bridge"):
        given.insert(0, next_pool(taken, network.driver))
    if network.ipv6 and not any(s.version == 6 for s in given):
        given.append(ipaddress.ip_network(f"fd00:172:{18 + number}::/64"))
    return tuple(given)


def next_pool(taken: Iterable[Subnet], driver: str = "bridge") -> Subnet:
    """The first of Docker's pools that overlaps nothing. Raises ValueError with Docker's words."""
    used = list(taken)
    for pool in _overlay_pools() if driver == "overlay" else _local_pools():
        if not any(pool.overlaps(t) for t in used):
            return pool
    raise ValueError("all predefined address pools have been fully subnetted")


def _local_pools() -> Iterator[Subnet]:
    yield from (ipaddress.ip_network(f"172.{n}.0.0/16") for n in range(17, 32))
    yield from ipaddress.ip_network("192.168.0.0/16").subnets(new_prefix=20)


def _overlay_pools() -> Iterator[Subnet]:
    """Of 10.0.0.0/8 in /24s; the first is the ingress network's."""
    yield from (ipaddress.ip_network(f"10.{n // 256}.{n % 256}.0/24") for n in range(1, 65536))


def is_on(network: DockerNetwork, node: str) -> bool:
    """Whether a host has it."""
    return not network.nodes or node in network.nodes


def host_networks(
    topology: Topology,
    node: str,
    index: int,
    ports: tuple[Port, ...],
    hosts: Mapping[str, tuple[Port, ...]],
) -> tuple[HostNetwork, ...]:
    """The networks of one host, docker0's first. `index` is the machine's, `hosts` all hosts' ports by name."""
    docker = topology.docker
    assert docker
    subnets = pools(topology)
    found = [_docker0(docker, node, index)]
    for number, (name, network) in enumerate(declared_networks(docker).items(), 1):
        if is_on(network, node):
            there = min((p.mtu for n, ps in hosts.items() if is_on(network, n) for p in ps), default=1500)
            found.append(
                host_network(name, network, subnets[name], node, (number, index), ports, there, docker.version)
            )
    return tuple(found)


def _docker0(docker: Docker, node: str, index: int) -> HostNetwork:
    gateways = tuple(nth(s, 1) for s in docker.subnets)
    addresses = tuple(with_prefix(g, s) for g, s in zip(gateways, docker.subnets, strict=True))
    return HostNetwork(
        name=DEFAULT_NETWORK,
        driver="bridge",
        id=network_id(DEFAULT_NETWORK, node),
        subnets=docker.subnets,
        ranges=docker.subnets,
        gateways=gateways,
        mtu=docker.mtu,
        icc=docker.icc,
        bridge=Bridge("docker0", f"02:42:00:00:00:{index:02x}", addresses, docker.mtu),
        from_mac=not has(docker.version, "docker0-ipv6"),
    )


def host_network(
    name: str,
    network: DockerNetwork,
    subnets: tuple[Subnet, ...],
    node: str,
    numbers: tuple[int, int],
    ports: tuple[Port, ...],
    underlay: int = 1500,
    version: EngineVersion = "28",
) -> HostNetwork:
    """One network on one host. `numbers`: the network and the machine; `underlay`: the smallest MTU, bytes."""
    shared = network.driver == "overlay"
    identity = network_id(name, "" if shared else node)
    gateways = tuple(_gateway(network, s) for s in subnets)
    mtu = _mtu(network, ports, underlay)
    modes = (_mode(network, 4, version), _mode(network, 6, version))
    vtep = _vtep(identity, numbers, ports, mtu) if shared else None
    return HostNetwork(
        name=name,
        driver=network.driver,
        id=identity,
        subnets=subnets,
        ranges=tuple(_range(network, s) for s in subnets),
        gateways=gateways,
        mtu=mtu,
        internal=network.internal,
        leads=not network.internal or not has(version, "internal-route"),
        icc=_flag(network, "enable_icc"),
        masquerade=_flag(network, "enable_ip_masquerade"),
        modes=modes,
        binding=_binding(network),
        parent=network.parent or network.options.get("parent"),
        bridge=_bridge(name, network, identity, numbers, subnets, gateways, mtu, modes),
        vtep=vtep,
        options=tuple(network.options.items()),
        attachable=network.attachable,
    )


def _gateway(network: DockerNetwork, subnet: Subnet) -> Address:
    return next((g for g in network.gateways if g in subnet), None) or nth(subnet, 1)


def _range(network: DockerNetwork, subnet: Subnet) -> Subnet:
    inside = network.ip_range
    fits = inside is not None and inside.version == subnet.version and inside.network_address in subnet
    return inside if inside is not None and fits else subnet


def _mtu(network: DockerNetwork, ports: tuple[Port, ...], underlay: int) -> int:
    option = int(network.options.get("com.docker.network.driver.mtu") or 0)
    if network.mtu or option:
        # The overlay driver takes the option for the underlay's MTU.
        return network.mtu or option - (VXLAN_OVERHEAD[4] if network.driver == "overlay" else 0)
    if network.driver == "overlay":
        return underlay - VXLAN_OVERHEAD[4]
    return next((p.mtu for p in ports if p.name == network.parent), 1500)


def _flag(network: DockerNetwork, name: str) -> bool:
    return network.options.get(_BRIDGE + name, "true").lower() in ("true", "1", "t")


def _mode(network: DockerNetwork, family: int, version: EngineVersion) -> GatewayMode:
    """An engine that does not know the modes ignores them."""
    mode = cast(GatewayMode, network.options.get(f"{_BRIDGE}gateway_mode_ipv{family}", "nat"))
    return mode if has(version, "gateway-modes") else "nat"


def _binding(network: DockerNetwork) -> Address | None:
    text = network.options.get(_BRIDGE + "host_binding_ipv4")
    return ipaddress.ip_address(text) if text else None


def _vtep(identity: str, numbers: tuple[int, int], ports: tuple[Port, ...], mtu: int) -> Vtep:
    number, index = numbers
    vni = _FIRST_VNI + number - 2  # the gateway bridge is the first
    local = next(a.ip for p in ports for a in p.addresses if a.version == 4)
    mac = f"02:42:{number:02x}:00:01:{index:02x}"
    return Vtep(f"vx-{vni:06x}-{identity[:5]}", mac, local, local, vni, _VXLAN_PORT, mtu)


def _bridge(
    name: str,
    network: DockerNetwork,
    identity: str,
    numbers: tuple[int, int],
    subnets: tuple[Subnet, ...],
    gateways: tuple[Address, ...],
    mtu: int,
    modes: tuple[GatewayMode, GatewayMode],
) -> Bridge | None:
    if network.driver in ("macvlan", "ipvlan"):
        return None
    mac = f"02:42:{numbers[0]:02x}:00:00:{numbers[1]:02x}"
    if network.driver == "overlay":
        return Bridge(f"ov-{identity[:12]}", mac, (), mtu)
    own = network.options.get(_BRIDGE + "name") or (name if name == GATEWAY_BRIDGE else f"br-{identity[:12]}")
    pairs = zip(gateways, subnets, strict=True)
    addresses = tuple(with_prefix(g, s) for g, s in pairs if modes[s.version == 6] != "isolated")
    return Bridge(own, mac, addresses, mtu)
