"""The world as it is after a docker command. Everything is checked here, before anything is done.

Every function takes a world and gives another; what cannot be is a Refusal in Docker's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

from ..containers import Allocator, Exhausted, lead, make_nics, settle, with_way_out
from ..docker_networks import GATEWAY_BRIDGE, WIRE_MODES, host_network, next_pool
from ..docker_versions import has
from ..model import Address, Attachment, DockerNetwork, Publication, Subnet
from ..world import DEFAULT_NETWORK, HostNetwork, Machine, Nic, Sandbox, World
from .planned import asked_of, next_index, refuse_mode
from .refusal import Refusal, no_such_container, no_such_network

__all__ = [
    "add_network",
    "connect",
    "disconnect",
    "find_container",
    "find_network",
    "remove_container",
    "remove_network",
    "start_container",
]

_PREDEFINED = (DEFAULT_NETWORK, "host", "none")


def find_container(world: World, node: str, name: str) -> Sandbox:
    """By name. Raises Refusal."""
    found = world.sandboxes.get(name)
    if found is None or found.kind != "container" or found.node != node:
        raise no_such_container(name)
    return found


def find_network(world: World, node: str, name: str) -> HostNetwork:
    """By name or by the beginning of its id. Raises Refusal."""
    for network in world.machines[node].networks:
        if network.name == name or (len(name) >= 4 and network.id.startswith(name)):
            return network
    raise no_such_network(name)


def add_network(world: World, node: str, name: str, declared: DockerNetwork) -> World:
    """With one more network on a host."""
    host = world.machines[node]
    if name in _PREDEFINED:
        raise Refusal.daemon(f"operation is not permitted on predefined {name} network")
    if any(n.name == name for n in host.networks):
        raise Refusal.daemon(f"network with name {name} already exists")
    if declared.driver == "overlay":
        raise Refusal.daemon("This node is not a swarm manager. Declare overlays in the topology.")
    if declared.driver in ("macvlan", "ipvlan") and (declared.parent or "") not in {p.name for p in host.ports}:
        raise Refusal.daemon(f"invalid subinterface vlan name {declared.parent}, example formatting is eth0.10")
    _refuse_mode(declared)
    subnets = declared.subnets or (_pool(host),)
    _refuse_overlap(host, declared, subnets)
    number = 1 + max((_number(n) for n in host.networks), default=0)
    made = host_network(name, declared, subnets, node, (number, host.index), host.ports, version=world.engine_version)
    return _with_machine(world, replace(host, networks=(*host.networks, made)))


def _refuse_mode(declared: DockerNetwork) -> None:
    """In Docker's words what Docker does not know (moby, drivers/macvlan and ipvlan); in ours what is not emulated."""
    option = f"{declared.driver}_mode"
    if option not in WIRE_MODES or option not in declared.options:
        return
    mode, (dockers, ours) = declared.options[option], WIRE_MODES[option]
    if mode not in dockers:
        words = f"'{ours}' mode is the {declared.driver} driver default"
        raise Refusal.daemon(f"requested {declared.driver} mode '{mode}' is not valid, {words}")
    if mode != ours:
        raise Refusal(f"vethlab: the emulated engine makes {declared.driver} networks of mode {ours} alone")


def _pool(host: Machine) -> Subnet:
    try:
        return next_pool([*(s for n in host.networks for s in n.subnets), *_wires(host)])
    except ValueError as error:
        raise Refusal.daemon(str(error)) from None


def _wires(host: Machine) -> list[Subnet]:
    return [a.network for p in host.ports for a in p.addresses]


def _refuse_overlap(host: Machine, declared: DockerNetwork, subnets: Iterable[Subnet]) -> None:
    on_wire = declared.driver in ("macvlan", "ipvlan")
    taken = [s for n in host.networks for s in n.subnets] + ([] if on_wire else _wires(host))
    if any(s.overlaps(t) for s in subnets for t in taken):
        raise Refusal.daemon("invalid pool request: Pool overlaps with other one on this address space")


def _number(network: HostNetwork) -> int:
    return int(network.bridge.mac.split(":")[2], 16) if network.bridge else 0


def remove_network(world: World, node: str, name: str) -> World:
    """With one network less, if nobody is on it."""
    if name in _PREDEFINED:
        raise Refusal.daemon(f"{name} is a pre-defined network and cannot be removed")
    network, host = find_network(world, node, name), world.machines[node]
    users = [s.name for s in _on(world, node, network.name)]
    if users:
        told = ", ".join(f'name:"{user}"' for user in users)
        raise Refusal.daemon(f"error while removing network: network {network.name} has active endpoints ({told})")
    return _with_machine(world, replace(host, networks=tuple(n for n in host.networks if n is not network)))


def _on(world: World, node: str, network: str) -> list[Sandbox]:
    return [s for s in world.on(node) if s.kind == "container" and s.mode == "own" and s.nic(network)]


def start_container(world: World, node: str, idle: Sandbox, ids: dict[str, str]) -> World:
    """With a container running that was not. Addresses and ports that nobody asked for may be others than before."""
    host = world.machines[node]
    if idle.joins and idle.joins not in world.sandboxes:
        raise Refusal.daemon(f"cannot join network of a non running container: {ids.get(idle.joins, idle.joins)}")
    index, allocator = next_index(world), _allocator(world, node)
    with _setting_up():
        own = [n for n in idle.nics if idle.mode == "own" and n.network != GATEWAY_BRIDGE]
        attached = tuple(_placed(world, node, nic) for nic in own)
        _refuse_ports(world, node, idle.name, idle.wanted)
        nics = lead(make_nics(index, with_way_out(attached, host), host, allocator), host)
    publish = tuple(allocator.port(node, p) for p in idle.wanted)
    running = replace(idle, index=index, nics=nics, publish=publish, plugged=len(nics))
    return replace(world, sandboxes=settle({**world.sandboxes, idle.name: running}, world.machines))


@contextmanager
def _setting_up() -> Iterator[None]:
    """What keeps a container from its networks, in the words Docker has for it since 28."""
    try:
        yield
    except Refusal as refusal:
        raise Refusal.daemon(f"failed to set up container networking: {refusal.cause}") from None
    except Exhausted as error:
        words = (
            f"no available IPv4 addresses on this network's address pools: {error.network.name} ({error.network.id})"
        )
        raise Refusal.daemon(f"failed to set up container networking: {words}") from None


def _placed(world: World, node: str, nic: Nic) -> Attachment:
    """What was asked for an interface, by its network's name. Raises Refusal where it cannot be had."""
    asked = asked_of(nic)
    network = find_network(world, node, asked.name)
    _refuse_address(world, node, network, asked.addresses)
    return asked.model_copy(update={"name": network.name})


def _allocator(world: World, node: str) -> Allocator:
    """The lowest free address and port are the next, as with Docker."""
    allocator, host = Allocator(), world.machines[node]
    for network in host.networks:
        allocator.reserve(node, network, host.addresses)
        for other in world.sandboxes.values():
            nic = other.nic(network.name) if other.mode == "own" else None
            if nic and (other.node == node or network.driver != "bridge"):
                allocator.reserve(node, network, (a.ip for a in nic.addresses))
    allocator.ports[node] = {p.host_port for s in world.on(node) for p in s.publish}
    return allocator


def _refuse_address(world: World, node: str, network: HostNetwork, wanted: Iterable[Address]) -> None:
    used = {a.ip for s in _on(world, node, network.name) for n in s.nics for a in n.addresses}
    for address in wanted:
        if not any(address in s for s in network.subnets):
            raise Refusal.daemon(f"Invalid address {address}: It does not belong to any of this network's subnets")
        if address in used or address in network.gateways:
            raise Refusal.daemon("Address already in use")


def _refuse_ports(world: World, node: str, name: str, wanted: Iterable[Publication]) -> None:
    taken = [p for s in world.on(node) for p in s.published]
    for p in wanted:
        for other in taken:
            same = (p.host_port, p.protocol) == (other.host_port, other.protocol) and p.host_port
            if same and (p.address is None or other.address in (None, p.address)):
                where = f"{p.address or '0.0.0.0'}:{p.host_port}"
                words = f"driver failed programming external connectivity on endpoint {name}: Bind for {where} failed"
                raise Refusal.daemon(f"{words}: port is already allocated")


def remove_container(world: World, node: str, name: str, *, force: bool) -> World:
    """With one container less."""
    find_container(world, node, name)
    if not force:
        raise Refusal.daemon(
            f'cannot remove container "{name}": container is running: '
            "stop the container before removing or force remove"
        )
    left = {n: s for n, s in world.sandboxes.items() if n != name}
    return replace(world, sandboxes=settle(left, world.machines))


def connect(world: World, node: str, name: str, attachment: Attachment) -> World:
    """With a container on one more network."""
    host, before = world.machines[node], find_container(world, node, name)
    network = find_network(world, node, attachment.name)
    refuse_mode(before)
    if before.nic(network.name):
        raise Refusal.daemon(f"endpoint with name {name} already exists in network {network.name}")
    _refuse_address(world, node, network, attachment.addresses)
    wanted = attachment.model_copy(update={"name": network.name})
    new = make_nics(before.index, (wanted,), host, _allocator(world, node), _number_of_next(world, before))
    plugged = replace(before, plugged=before.plugged + 1)
    return _with_nics(world, plugged, lead([*before.nics, *new], host))


def _number_of_next(world: World, sandbox: Sandbox) -> int:
    """What its next interface is called after eth."""
    if not has(world.engine_version, "interface-names"):
        return sandbox.plugged
    taken = {n.name for n in sandbox.nics}
    return next(i for i in count() if f"eth{i}" not in taken)


def disconnect(world: World, node: str, name: str, network: str) -> World:
    """With a container on one network less; the way out may be another one's then."""
    host, before = world.machines[node], find_container(world, node, name)
    found = find_network(world, node, network)
    if before.mode != "own" or not before.nic(found.name):
        raise Refusal.daemon(f"container {name} is not connected to network {found.name}")
    return _with_nics(world, before, lead((n for n in before.nics if n.network != found.name), host))


def _with_nics(world: World, sandbox: Sandbox, nics: tuple[Nic, ...]) -> World:
    changed = {**world.sandboxes, sandbox.name: replace(sandbox, nics=nics)}
    return replace(world, sandboxes=settle(changed, world.machines))


def _with_machine(world: World, machine: Machine) -> World:
    return replace(world, machines={**world.machines, machine.name: machine})
