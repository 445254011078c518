"""Expectations written out: every `expect` of a topology as rows, with the words resolved to addresses.

Expectation --select--> pairs --addresses--> probes --words--> Row(authority "author")
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Literal

from .catalogue import catalogue
from .model import Address, Expectation, Publication, Topology
from .outcome import Answered, Http, Outcome, PathMtu, Reached, Refused, Timeout, Unreachable
from .row import Probe, Row
from .selector import select
from .world import Machine, Sandbox, World

__all__ = ["author_rows"]

#: For `dns`, the word for whatever the source's own resolv.conf names.
RESOLVER = "resolver"


def author_rows(topology: Topology, world: World) -> tuple[Row, ...]:
    """The rows of every `expect`, each once, in the order of the file."""
    return tuple(dict.fromkeys(row for e in topology.expect for row in _rows(world, e)))


def _rows(world: World, e: Expectation) -> Iterator[Row]:
    for source in select(world, e.from_):
        if e.dns is not None:
            yield from _dns_rows(world, e, source)
            continue
        for target in select(world, e.to):
            if source != target and _placed(world, e, source, target):
                yield from _pair_rows(world, e, source, target)


def _placed(world: World, e: Expectation, source: str, target: str) -> bool:
    if e.where is None:
        return True
    same = _host(world, source) == _host(world, target)
    return same == (e.where == "same-host")


def _host(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    return sandbox.node if sandbox else name


def _dns_rows(world: World, e: Expectation, source: str) -> Iterator[Row]:
    record = _record(e)
    for word in e.to:
        if word == RESOLVER:
            yield Row(source, _host(world, source), Probe("dns", name=e.dns, record=record), _outcome(e), "author")
            continue
        for target in select(world, (word,)):
            machine = world.machines.get(target)
            if machine and source != target and _placed(world, e, source, target):
                probe = Probe("dns", str(machine.addresses[0]), 53, e.dns, record)
                yield Row(source, target, probe, _outcome(e), "author")


def _record(e: Expectation) -> Literal["A", "AAAA"]:
    """AAAA where IPv6 is meant: by `family`, or by the records that are wanted."""
    wanted = [ipaddress.ip_address(r).version for r in e.records or ()]
    return "AAAA" if e.family == 6 or (e.family is None and wanted and set(wanted) == {6}) else "A"


def _pair_rows(world: World, e: Expectation, source: str, target: str) -> Iterator[Row]:
    versions = (e.family,) if e.family else (4, 6)
    for version in versions:
        for address in _addresses(world, e, source, target, version):
            seen = _source(world, e.source, source, target, version)
            outcome = _outcome(e, seen, _identity(world, e, target))
            yield Row(source, target, _probe(e, address), outcome, "author")


def _probe(e: Expectation, address: Address) -> Probe:
    port = None if e.kind in ("icmp", "mtu") else int(getattr(e, e.kind))
    return Probe(e.kind, str(address), port)


def _addresses(world: World, e: Expectation, source: str, target: str, version: int) -> tuple[Address, ...]:
    """Where `source` finds `target`: its own address, or with `published` those of its host."""
    if _own(world, source, version) is None or _own(world, target, version) is None:
        return ()
    if e.published and target in world.sandboxes:
        return _published(world, e, source, world.sandboxes[target], version)
    own = world.towards(source, target, version)
    return (own,) if own else ()


def _published(world: World, e: Expectation, source: str, target: Sandbox, version: int) -> tuple[Address, ...]:
    """The host's addresses; a publication bound to one address is asked there, if `source` can mean it at all."""
    host = world.machines[target.node]
    bound = {p.address for p in target.published if _publishes(p, e)} - {None}
    usable = [a for a in bound if a and a.version == version and (source == host.name or not a.is_loopback)]
    everywhere = [a for a in host.addresses if a.version == version]
    return tuple(sorted(usable, key=int)) or tuple(everywhere)


def _publishes(p: Publication, e: Expectation) -> bool:
    return p.host_port == getattr(e, e.kind) and p.protocol == ("udp" if e.kind == "udp" else "tcp")


def _own(world: World, name: str, version: int) -> Address | None:
    place: Machine | Sandbox = world.sandboxes.get(name) or world.machines[name]
    return place.address(version)


def _source(world: World, word: str | None, source: str, target: str, version: int) -> str | None:
    """The address that a word of the author means, as text."""
    if word is None:
        return None
    if word == "own":
        return str(_towards(world, source, target, version))
    if word == "host":
        return str(_towards(world, _host(world, source), target, version))
    if word == "gateway":
        place = world.sandboxes.get(target) or world.sandboxes.get(source)
        gateways = place.gateways if place else ()
        return next((str(g) for g in gateways if g.version == version), None)
    return str(ipaddress.ip_address(word))


def _towards(world: World, name: str, target: str, version: int) -> Address | None:
    """A machine with several addresses is known by the one on the target's switch, else by its way out."""
    machine = world.machines.get(name)
    if machine is None:
        return world.towards(target, name, version)
    there = world.machines[_host(world, target)].addresses
    ways = [*there, *machine.gateways]
    on_link = (a.ip for p in machine.ports for a in p.addresses for w in ways if w in a.network)
    return next((a for a in on_link if a.version == version), machine.address(version))


def _identity(world: World, e: Expectation, target: str) -> str | None:
    """Who must have answered, where its image says who it is."""
    sandbox = world.sandboxes.get(target)
    images = sandbox.images if sandbox else world.machines[target].runs
    port = getattr(e, e.kind) if e.kind in ("tcp", "udp", "http") else None
    if sandbox and e.published:
        port = next((p.port for p in sandbox.publish if _publishes(p, e)), None)
    speaks = (i for i in images if port in catalogue()[i].ports.get(e.kind, ()))
    return target if any(catalogue()[i].workload == "echo" for i in speaks) else None


def _outcome(e: Expectation, source: str | None = None, identity: str | None = None) -> Outcome:
    match e.outcome:
        case "reached":
            return Reached(source, identity)
        case "http":
            return Http(e.status, source, identity)
        case "refused":
            return Refused()
        case "unreachable":
            return Unreachable()
        case "timeout":
            return Timeout()
        case "path_mtu":
            return PathMtu(e.bytes)
        case "answered":
            records = None if e.records is None else tuple(sorted(str(ipaddress.ip_address(r)) for r in e.records))
            return Answered(e.rcode, records)
