"""Containers on Docker's networks: what `docker run` would refuse, in its words where it has any."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ..containers import HOST_GATEWAY
from ..docker_networks import is_on, pools
from ..finding import Finding, Path
from ..model import Address, Attachment, Container, Docker, DockerNetwork, Subnet, Topology
from ..nearest import unknown
from ..world import DEFAULT_NETWORK
from .roster import sandboxes

__all__ = ["check"]


def check(topology: Topology) -> Iterator[Finding]:
    """Modes, attachments, hosts entries, and addresses. Nothing where there is no Docker."""
    if topology.docker is None:
        return
    for name, declared in topology.containers.items():
        yield from _modes(("containers", name), name, declared, topology)
        yield from _attachments(("containers", name), declared, topology)
        yield from _hosts_entries(("containers", name), declared)
    yield from _addresses(topology)


def _modes(path: Path, name: str, declared: Container, topology: Topology) -> Iterator[Finding]:
    if declared.network_mode is None:
        return
    if declared.network_mode not in ("host", "none") and not declared.joins:
        message = f"host, none or container:NAME was expected, not {declared.network_mode!r}"
        yield Finding((*path, "network_mode"), message)
    if declared.networks:
        message = f"a container in network mode {declared.network_mode} has no networks of its own"
        yield Finding((*path, "networks"), message, at_key=True)
    if declared.publish:
        message = "published ports are discarded when using host network mode"
        if declared.network_mode != "host":
            message = "conflicting options: port publishing and the container type network mode"
        yield Finding((*path, "publish"), message, at_key=True)
    if declared.addresses:
        yield Finding((*path, "addresses"), f"network mode {declared.network_mode} has no addresses to choose", True)
    if declared.joins:
        yield from _joins((*path, "network_mode"), name, declared, topology)


def _joins(path: Path, name: str, declared: Container, topology: Topology) -> Iterator[Finding]:
    places = {n: (key, node) for n, key, _, node in sandboxes(topology, "container")}
    other = declared.joins or ""
    if other not in places:
        yield Finding(path, f"No such container: {other} ({unknown('container', other, places)})")
    elif places[other][0] == name:
        yield Finding(path, "cannot join own network")
    elif topology.containers[places[other][0]].joins:
        yield Finding(path, f"{other!r} is in another container's network itself: name that one")
    elif any(node != places[other][1] for n, key, _, node in sandboxes(topology, "container") if key == name):
        yield Finding(path, f"{other!r} is on {places[other][1]!r}: only containers of one host share a network")


def _attachments(path: Path, declared: Container, topology: Topology) -> Iterator[Finding]:
    assert topology.docker
    known = topology.docker.networks
    if declared.networks and declared.addresses:
        yield Finding((*path, "addresses"), "these are addresses on docker0: on networks the attachment has them", True)
    seen: set[str] = set()
    for i, attachment in enumerate(declared.networks):
        where = (*path, "networks", i)
        if attachment.name not in known and attachment.name != DEFAULT_NETWORK:
            yield Finding(where, f"network {attachment.name} not found ({unknown('network', attachment.name, known)})")
            continue
        if attachment.name in seen:
            yield Finding(where, f"the container is on network {attachment.name!r} already")
        seen.add(attachment.name)
        yield from _attachment(where, attachment, topology.docker)
        yield from _there(where, path, attachment.name, topology)


def _attachment(path: Path, attachment: Attachment, docker: Docker) -> Iterator[Finding]:
    if attachment.name == DEFAULT_NETWORK:
        if attachment.aliases:
            message = "network-scoped aliases are only supported for user-defined networks"
            yield Finding((*path, "aliases"), message, at_key=True)
        return
    network = docker.networks[attachment.name]
    if network.driver == "overlay" and not network.attachable:
        message = f"network {attachment.name} not manually attachable"
        yield Finding(path, f"Could not attach to network {attachment.name}: {message}")
    if attachment.addresses and not network.subnets:
        message = "user specified IP address is supported only when connecting to networks with user configured subnets"
        yield Finding((*path, "addresses"), message, at_key=True)


def _there(where: Path, path: Path, name: str, topology: Topology) -> Iterator[Finding]:
    assert topology.docker
    network = topology.docker.networks.get(name)
    for _, key, _, node in sandboxes(topology, "container"):
        if key == path[1] and network and not is_on(network, node):
            yield Finding(where, f"network {name!r} is not on {node!r}")
            return


def _hosts_entries(path: Path, declared: Container) -> Iterator[Finding]:
    for i, entry in enumerate(declared.add_host):
        name, colon, address = entry.partition(":")
        try:
            if address != HOST_GATEWAY:
                ipaddress.ip_address(address)
        except ValueError:
            colon = ""
        if not colon or not name:
            yield Finding((*path, "add_host", i), f"bad format for add-host: {entry!r}: name:address was expected")


def _addresses(topology: Topology) -> Iterator[Finding]:
    """Chosen addresses: in the network, nobody else's, and not the gateway's."""
    assert topology.docker
    try:
        subnets = pools(topology)
    except ValueError as error:
        yield Finding(("docker", "networks"), str(error))
        return
    taken: dict[tuple[str, str, Address], str] = {}
    for name, path, node, attachment, network in _places(topology):
        for i, address in enumerate(attachment.addresses):
            where = (*path, "addresses", i)
            space = ("" if network.driver != "bridge" else node, attachment.name, address)
            if message := _unfit(address, subnets[attachment.name], attachment.name, network):
                yield Finding(where, message)
            elif space in taken:
                yield Finding(where, f"Address already in use: {address} is that of {taken[space]!r}")
            taken.setdefault(space, name)


def _places(topology: Topology) -> Iterator[tuple[str, Path, str, Attachment, DockerNetwork]]:
    """(container, path, node, attachment, network) of every attachment to a network of users."""
    assert topology.docker
    for name, key, declared, node in sandboxes(topology, "container"):
        for i, attachment in enumerate(declared.networks if isinstance(declared, Container) else ()):
            if attachment.name in topology.docker.networks:
                path: Path = ("containers", key, "networks", i)
                yield name, path, node, attachment, topology.docker.networks[attachment.name]


def _unfit(address: Address, subnets: tuple[Subnet, ...], name: str, network: DockerNetwork) -> str | None:
    subnet = next((s for s in subnets if address in s), None)
    if subnet is None:
        return f"invalid address {address}: it is not in {name!r}, which has {', '.join(map(str, subnets))}"
    chosen = any(g in subnet for g in network.gateways)
    if address in network.gateways or (not chosen and address == subnet.network_address + 1):
        return f"Address already in use: {address} is the gateway of {name!r}"
    return None
