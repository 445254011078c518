"""Who speaks BGP with whom (RFC 4271), and who reflects (RFC 4456).

mesh       every host with every other, in one AS
reflector  every host with the first, which passes on what it hears
rack       every host with the router of its switch, in an AS of the rack; the routers with each other
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from ..model import Address, PodNetwork, Subnet
from ..world import Machine
from .routes import shared_link

__all__ = ["Session", "Speaker", "speakers"]

#: Calico's default, of those for private use (RFC 6996); a rack's is 65000 and the number of its router.
_AS, _RACK_AS = 64512, 65000


@dataclass(frozen=True, slots=True)
class Session:
    """With `peer`, from `local` to `remote`. `client`: we reflect to it."""

    peer: str
    local: Address
    remote: Address
    remote_as: int
    client: bool = False


@dataclass(frozen=True, slots=True)
class Speaker:
    """A machine that speaks BGP: its AS, its router ID, the blocks it has pods in, single addresses of others' blocks
    that its pods have, and its sessions."""

    name: str
    number: int
    router_id: Address
    blocks: tuple[Subnet, ...]
    sessions: tuple[Session, ...]
    borrowed: tuple[Subnet, ...] = ()


def speakers(network: PodNetwork, machines: Mapping[str, Machine]) -> dict[str, Speaker]:
    """Every machine that speaks, by name."""
    if network.type != "calico-bgp":
        return {}
    numbers = _numbers(network, machines)
    return {name: _speaker(network, machines, numbers, name) for name in numbers}


def _speaker(network: PodNetwork, machines: Mapping[str, Machine], numbers: Mapping[str, int], name: str) -> Speaker:
    machine = machines[name]
    blocks, borrowed = (machine.pods.blocks, machine.pods.borrowed) if machine.pods else ((), ())
    sessions = tuple(_sessions(network, machines, numbers, name))
    return Speaker(name, numbers[name], _router_id(machine), blocks, sessions, borrowed)


def _numbers(network: PodNetwork, machines: Mapping[str, Machine]) -> dict[str, int]:
    hosts = [m for m in machines.values() if m.pods]
    if network.bgp != "rack":
        return {h.name: _AS for h in hosts}
    routers = [m for m in machines.values() if m.role == "router"]
    found = {r.name: _RACK_AS + i for i, r in enumerate(routers, 1)}
    for host in hosts:
        own = next((r for r in routers if set(r.addresses) & set(host.gateways)), None)
        if own:
            found[host.name] = found[own.name]
    return found


def _sessions(
    network: PodNetwork, machines: Mapping[str, Machine], numbers: Mapping[str, int], name: str
) -> Iterator[Session]:
    here = machines[name]
    for other, number in numbers.items():
        if other == name or not _speak(network, machines, numbers, name, other):
            continue
        there = machines[other]
        for version in {s.version for s in network.cidrs}:
            local, remote = _ends(here, there, version)
            if local and remote:
                client = _reflects(network, machines, name) and there.role == "host" and number == numbers[name]
                yield Session(other, local, remote, number, client)


def _ends(here: Machine, there: Machine, version: int) -> tuple[Address | None, Address | None]:
    """On a switch of both where there is one; else their first addresses, with routers between."""
    local, remote = shared_link(there, here, version), shared_link(here, there, version)
    return (local, remote) if local and remote else (here.address(version), there.address(version))


def _speak(
    network: PodNetwork, machines: Mapping[str, Machine], numbers: Mapping[str, int], one: str, other: str
) -> bool:
    if network.bgp == "mesh":
        return True
    if network.bgp == "reflector":
        return next(iter(numbers)) in (one, other)
    here, there = machines[one], machines[other]
    if here.role == there.role == "router":
        return any(shared_link(here, there, v) for v in (4, 6))
    return here.role != there.role and numbers[one] == numbers[other]


def _reflects(network: PodNetwork, machines: Mapping[str, Machine], name: str) -> bool:
    if network.bgp == "rack":
        return machines[name].role == "router"
    return network.bgp == "reflector" and name == next(n for n, m in machines.items() if m.pods)


def _router_id(machine: Machine) -> Address:
    """An IPv4 address, or (RFC 6286) any number that no other speaker has."""
    return machine.address(4) or IPv4Address(machine.index)
