"""Name service: who is asked, whom it asks in turn, and what is known there.

sandbox ──resolv.conf──> its host ──┬── the lab's domain: answered here
                                    └── the rest ──> recursive ──zones──> authoritative
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..model import Address, Dns
from ..outcome import Answered
from ..world import DEFAULT_NETWORK, Machine, Nic, Sandbox, World

__all__ = ["EMBEDDED", "Answer", "Unknown", "ask", "embedded", "server_of"]

#: Docker's name server in a container on a network of a user's making.
EMBEDDED = ipaddress.ip_address("127.0.0.11")

#: Whether one machine's name server can ask another's.
Reaches = Callable[[str, Address], bool]


@dataclass(frozen=True, slots=True)
class Unknown:
    """There is no telling what is answered, and why."""

    reason: str


Answer = Answered | Unknown


def server_of(world: World, name: str) -> Address | None:
    """The first nameserver in the resolv.conf of a node or sandbox; None where nothing wrote one."""
    sandbox = world.sandboxes.get(name)
    if sandbox and sandbox.embedded_dns:
        return EMBEDDED
    if sandbox and sandbox.resolving.servers:
        return sandbox.resolving.servers[0]
    machine = world.machines[sandbox.node if sandbox else name]
    if world.dns is None or machine.role == "router":
        return None
    if machine.role == "host":
        return machine.addresses[0]
    recursive = world.machines.get(world.dns.recursive or "")
    return recursive.addresses[0] if recursive else None


def ask(world: World, server: str, name: str, version: int, reaches: Reaches) -> Answer:
    """What the name server on the machine `server` answers about the addresses of `name`."""
    dns, machine = world.dns, world.machines.get(server)
    if dns is None or machine is None:
        return Unknown(f"{server} runs no name server")
    name = name.rstrip(".").lower()
    if machine.role == "host":
        if name == dns.domain or name.endswith("." + dns.domain):
            return _local(world, machine, name, version)
        return _pass_on(world, server, dns.recursive, name, version, reaches)
    zone = _zone(dns, name)
    if zone is None:
        return _answered("REFUSED")
    if server == dns.authoritative:
        return _from_zone(dns, zone, name, version)
    return _pass_on(world, server, dns.authoritative, name, version, reaches)


def embedded(world: World, container: str, name: str, version: int, reaches: Reaches) -> Answer:
    """What 127.0.0.11 answers in a container: names of its networks itself, the rest out of the container's network."""
    sandbox = world.sandboxes[world.sandboxes[container].joins or container]
    name = name.rstrip(".").lower()
    for nic in sandbox.nics:
        known = _on_network(world, sandbox, nic, name)
        if nic.network != DEFAULT_NETWORK and known is not None:
            return _answered("NOERROR", (a for a in known if a.version == version))
    host = world.machines[sandbox.node]
    if not any(host.network(n.network).leads for n in sandbox.nics):
        return _answered("SERVFAIL")
    for server in sandbox.resolving.servers or _host_servers(world, host):
        machine = next((m for m in world.machines.values() if server in m.addresses), None)
        if machine is None or not reaches(sandbox.name, server):
            return Unknown(f"{server} does not answer {container}, and when 127.0.0.11 gives up is its own affair")
        answer = ask(world, machine.name, name, version, reaches)
        if isinstance(answer, Unknown) or answer.rcode not in ("SERVFAIL", "REFUSED"):
            return answer
    return _answered("SERVFAIL") if not _host_servers(world, host) else _answered("REFUSED")


def _host_servers(world: World, host: Machine) -> tuple[Address, ...]:
    return host.addresses[:1] if world.dns else ()


def _on_network(world: World, sandbox: Sandbox, nic: Nic, name: str) -> list[Address] | None:
    """The addresses of everybody who goes by that name on one network, with or without the network's behind it."""
    found: list[Address] | None = None
    for other in world.sandboxes.values():
        there = other.nic(nic.network) if other.kind == "container" and other.mode == "own" else None
        near = other.node == sandbox.node or nic.driver == "overlay"
        if there and near and name.removesuffix(f".{nic.network.lower()}") in _names(other, there):
            found = (found or []) + [a.ip for a in there.addresses]
    return found


def _names(sandbox: Sandbox, nic: Nic) -> tuple[str, ...]:
    return (sandbox.name, *(a.lower() for a in nic.aliases))


def _local(world: World, host: Machine, name: str, version: int) -> Answer:
    assert world.dns
    if name == world.dns.domain:
        return Unknown("what is said of the domain itself is left to the name server")
    label = name.removesuffix("." + world.dns.domain)
    sandbox, machine = world.sandboxes.get(label), world.machines.get(label)
    if sandbox and (sandbox.kind == "pod" or sandbox.node == host.name):
        own = sandbox.address(version)
        if not sandbox.addresses:
            return _answered("NXDOMAIN")
        return _answered("NOERROR", (own,) if own else ())
    if machine is None:
        return _answered("NXDOMAIN")
    if machine.role != "host":
        return Unknown(f"whether {label} has a name in {world.dns.domain} is not settled")
    addresses = [a for a in machine.addresses if a.version == version]
    return _answered("NOERROR", addresses) if len(addresses) < 2 else Answered("NOERROR")


def _pass_on(world: World, server: str, to: str | None, name: str, version: int, reaches: Reaches) -> Answer:
    next_server = world.machines.get(to or "")
    if next_server is None:
        return _answered("REFUSED")
    address = next_server.addresses[0]
    if not reaches(server, address):
        return Unknown(f"{server} does not reach {next_server.name}, and when it gives up is its own affair")
    return ask(world, next_server.name, name, version, reaches)


def _zone(dns: Dns, name: str) -> str | None:
    zones = [z for z in dns.zones if name == z.lower() or name.endswith("." + z.lower())]
    return max(zones, key=len, default=None)


def _from_zone(dns: Dns, zone: str, name: str, version: int) -> Answer:
    names = {k.lower(): v for k, v in dns.zones[zone].items()}
    label = "@" if name == zone.lower() else name.removesuffix("." + zone.lower())
    if label in names:
        return _answered("NOERROR", (a for a in names[label] if a.version == version))
    if label == "@" or any(other.endswith("." + label) for other in names):
        return _answered("NOERROR")
    return _answered("NXDOMAIN")


def _answered(rcode: str, addresses: Iterable[Address] = ()) -> Answered:
    return Answered(rcode, tuple(sorted(map(str, addresses))))
