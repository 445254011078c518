"""The matrix: every question that is put to the network, and what should come of it.

Author rows come first. Then the standard matrix, predicted: every ordered pair of endpoints of every family by the
plainest probe the target answers (TCP on a served port, else ICMP); every published port from everywhere; names from
every endpoint; and, for two pairs of each class of pairs (kind of source, kind of target, same host or not, family),
the whole set of probes: ICMP, UDP, HTTP, a closed port, path MTU.

Sampling: beyond LARGEST plain pairs, pod to pod keeps three quarters of the places and the rest one, each by taking
every n-th in order; nothing is drawn by chance. Pairs on one bridge are asked up to NEIGHBOURS. Left out and counted:
what has no prediction; what would end in host unreachable (the kernel needs three seconds to give up on ARP); and
beyond four from one host and what is on it, what ends in network unreachable (without a route a kernel sends one of
those a second to an address, after a burst of five: ip-sysctl, route/error_burst; icmp_ratelimit 0 does not change it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from .addressing import lay_out
from .expectations import author_rows
from .model import Address, Topology
from .outcome import Outcome, PathMtu, Unreachable, meets
from .predict import Prediction, Predictor
from .row import Kind, Probe, Row
from .world import Sandbox, World

__all__ = ["LARGEST", "NEIGHBOURS", "Disagreement", "Matrix", "compile_matrix", "disagreements", "rows", "unpredicted"]

#: The most plain pairs that are asked; samples, publications and names come on top.
LARGEST = 12_000
#: The most pairs of sandboxes on one bridge, over all bridges. All network namespaces of a machine share 1,024 learnt
#: neighbours (arp(7), gc_thresh3); what crosses a gateway needs few, every pair of one bridge needs its own.
NEIGHBOURS = 500
#: How many pairs of one class are asked everything.
_SAMPLE = 2
#: How many ICMP errors one host may need for all that is on it, which a router may see under the host's own address.
_ERRORS = 4
_CLOSED = 9
_Record = Literal["A", "AAAA"]


class Question(NamedTuple):
    """A row before anything is expected of it."""

    source: str
    target: str
    probe: Probe


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An author's row that the prediction contradicts."""

    row: Row
    prediction: Prediction

    def __str__(self) -> str:
        told = f"{self.row.source} → {self.row.target}, {self.row.probe}: expected {self.row.expected}"
        return f"{told}, but {self.prediction.outcome} is predicted: {self.prediction.reason}"


@dataclass(slots=True)
class Matrix:
    """`rows` in the order they are asked; `left_out` counts, by reason, questions that were not made rows."""

    rows: tuple[Row, ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)


def rows(topology: Topology, world: World) -> tuple[Row, ...]:
    """Author rows, then predicted ones that ask something else."""
    return compile_matrix(topology, world).rows


def compile_matrix(topology: Topology, world: World) -> Matrix:
    """The rows, and the count of what was left out and why."""
    predictor, left_out = Predictor(world), Counter[str]()
    author = tuple(_of_this_version(topology, world, predictor))
    asked = {(r.source, r.probe) for r in author}
    found: list[Row] = []
    errors: Counter[str] = Counter()
    for question in _questions(world, predictor):
        key = (question.source, question.probe)
        if key in asked:
            continue
        asked.add(key)
        outcome = predictor.predict(question.source, question.probe).outcome
        why = _unwanted(world, question, outcome, errors)
        if why or outcome is None:
            left_out[why or "no prediction"] += 1
        else:
            found.append(Row(*question, outcome))
    return Matrix(author + tuple(found), left_out)


def _of_this_version(topology: Topology, world: World, predictor: Predictor) -> Iterator[Row]:
    """What the author wrote speaks of the Docker that the file names.

    A real engine may be of another version (docker_versions): where that is predicted to make a difference, the row
    expects what this version does, and says that it is the prediction's.
    """
    rows = author_rows(topology, world)
    if topology.docker is None or topology.docker.version == world.engine_version:
        yield from rows
        return
    named = Predictor(lay_out(topology))
    for row in rows:
        then, now = (p.predict(row.source, row.probe).outcome for p in (named, predictor))
        other = now is not None and then != now
        yield replace(row, expected=now, authority="prediction") if now and other else row


def _unwanted(world: World, question: Question, outcome: Outcome | None, errors: Counter[str]) -> str | None:
    if question.probe.kind == "mtu" and not isinstance(outcome, PathMtu):
        return "no way, no path MTU"
    if not isinstance(outcome, Unreachable):
        return None
    if outcome.reason == "host":
        return "host unreachable is slow to show"
    sandbox = world.sandboxes.get(question.source)
    host = sandbox.node if sandbox else question.source
    errors[host] += outcome.reason == "network"
    return "one ICMP error more than its router would send" if errors[host] > _ERRORS else None


def disagreements(topology: Topology, world: World) -> list[Disagreement]:
    """The author's rows whose prediction does not meet them: the file or the model is wrong. Empty when all agree."""
    predictor = Predictor(world)
    pairs = ((row, predictor.predict(row.source, row.probe)) for row in author_rows(topology, world))
    return [Disagreement(row, p) for row, p in pairs if p.outcome is not None and not meets(row.expected, p.outcome)]


def unpredicted(topology: Topology, world: World) -> list[Disagreement]:
    """The author's rows that have no prediction at all, and so no second witness."""
    predictor = Predictor(world)
    pairs = ((row, predictor.predict(row.source, row.probe)) for row in author_rows(topology, world))
    return [Disagreement(row, p) for row, p in pairs if p.outcome is None]


# The standard questions.


def _questions(world: World, predictor: Predictor) -> Iterator[Question]:
    pairs = list(_spare_neighbours(world, _pairs(world)))
    yield from _thin(world, [_plain(predictor, *pair) for pair in pairs])
    for pair in _sample(world, pairs):
        yield from _whole_set(predictor, *pair)
    yield from _published(world)
    yield from _names(world)


def _pairs(world: World) -> Iterator[tuple[str, str, Address]]:
    """(source, target, address): every ordered pair, once for each family both have. Routers only answer.

    A container's address means something else on every host, so it is asked for from its own host only, and from the
    outside, which must not reach it.
    """
    sources = [m.name for m in world.machines.values() if m.role != "router"] + list(world.sandboxes)
    targets = [*world.machines, *world.sandboxes]
    has = {name: _addresses(world, name) for name in targets}
    for source in sources:
        for target in targets:
            if source != target and not _ambiguous(world, source, target) and not _one_stack(world, source, target):
                for version in has[target]:
                    address = world.towards(source, target, version)
                    if version in has[source] and address:
                        yield source, target, address


def _spare_neighbours(world: World, pairs: Iterable[tuple[str, str, Address]]) -> Iterator[tuple[str, str, Address]]:
    """Without the pairs of sandboxes on one bridge beyond NEIGHBOURS: each takes an entry of a table all share."""
    left = NEIGHBOURS
    for source, target, address in pairs:
        here, there = world.sandboxes.get(source), world.sandboxes.get(target)
        if here and there and (here.node, here.bridge) == (there.node, there.bridge):
            left -= 1
            if left < 0:
                continue
        yield source, target, address


def _addresses(world: World, name: str) -> dict[int, Address]:
    place = world.sandboxes.get(name) or world.machines[name]
    return {v: a for v in (4, 6) for a in (place.address(v),) if a is not None}


def _ambiguous(world: World, source: str, target: str) -> bool:
    container, here = world.sandboxes.get(target), world.sandboxes.get(source)
    if container is None or container.kind != "container" or _host(world, source) == container.node:
        return False
    if container.mode == "host" or all(n.driver in ("macvlan", "ipvlan") for n in container.nics):
        return False
    if here and world.shared(here, container):
        return False
    return _kind(world, source) in ("host", "container", "pod")


def _one_stack(world: World, source: str, target: str) -> bool:
    """They use one network stack: a host and a container in its network, or two containers in one's."""
    return _stack(world, source) == _stack(world, target)


def _stack(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    if sandbox and sandbox.joins:
        return _stack(world, sandbox.joins)
    return sandbox.node if sandbox and sandbox.mode == "host" else name


def _host(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    return sandbox.node if sandbox else name


def _kind(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    return sandbox.kind if sandbox else world.machines[name].role


def _plain(predictor: Predictor, source: str, target: str, address: Address) -> Question:
    ports = predictor.served[target].by("tcp")
    if ports:
        return Question(source, target, Probe("tcp", str(address), ports[0]))
    return Question(source, target, Probe("icmp", str(address)))


def _thin(world: World, questions: list[Question]) -> list[Question]:
    """At most LARGEST, pods to pods kept longest."""
    if len(questions) <= LARGEST:
        return questions
    pods = [q for q in questions if _kind(world, q.source) == _kind(world, q.target) == "pod"]
    others = [q for q in questions if not _kind(world, q.source) == _kind(world, q.target) == "pod"]
    kept = _every_nth(pods, LARGEST * 3 // 4)
    return kept + _every_nth(others, LARGEST - len(kept))


def _every_nth(questions: list[Question], most: int) -> list[Question]:
    return questions[:: -(-len(questions) // most)] if len(questions) > most else questions


def _sample(world: World, pairs: Iterable[tuple[str, str, Address]]) -> Iterator[tuple[str, str, Address]]:
    """The first pairs of each class, each from another source."""
    taken: dict[tuple[object, ...], set[str]] = {}
    for source, target, address in pairs:
        near = _host(world, source) == _host(world, target)
        sources = taken.setdefault((_kind(world, source), _kind(world, target), near, address.version), set())
        if len(sources) < _SAMPLE and source not in sources:
            sources.add(source)
            yield source, target, address


def _whole_set(predictor: Predictor, source: str, target: str, address: Address) -> Iterator[Question]:
    """ICMP, a closed port, path MTU, and the first port of each kind that the target serves."""
    where, serves = str(address), predictor.served[target]
    yield Question(source, target, Probe("icmp", where))
    yield Question(source, target, Probe("tcp", where, _CLOSED))
    yield Question(source, target, Probe("mtu", where))
    yield from (Question(source, target, Probe("udp", where, port)) for port in serves.by("udp")[:1])
    yield from (Question(source, target, Probe("http", where, port)) for port in serves.by("http")[:1])


def _published(world: World) -> Iterator[Question]:
    """Every publication from every machine and sandbox, at its host's addresses; on its own host also by 127.0.0.1."""
    sources = [m.name for m in world.machines.values() if m.role != "router"] + list(world.sandboxes)
    for target in world.sandboxes.values():
        for source in sources:
            yield from _published_to(world, source, target)


def _published_to(world: World, source: str, target: Sandbox) -> Iterator[Question]:
    host = world.machines[target.node]
    has = _addresses(world, source)
    own = ["127.0.0.1"] if source == host.name else []
    for p in target.publish:
        kind: Kind = "udp" if p.protocol == "udp" else "http" if p.port == 80 else "tcp"
        for address in [*(str(a) for v, a in _addresses(world, host.name).items() if v in has), *own]:
            yield Question(source, target.name, Probe(kind, address, p.host_port))


def _names(world: World) -> Iterator[Question]:
    """From every source: a name of the outside, one that is not there, and a neighbour in the lab."""
    if world.dns is None:
        return
    sources = [m.name for m in world.machines.values() if m.role != "router"]
    sources += [s.name for s in world.sandboxes.values() if s.nics]
    asked = [*_zone_names(world), *_lab_names(world)]
    for number, source in enumerate(sources):
        for name, record in asked if number < len(asked) or len(sources) < 20 else asked[:2]:
            yield Question(source, _host(world, source), Probe("dns", name=name, record=record))


def _zone_names(world: World) -> Iterator[tuple[str, _Record]]:
    assert world.dns
    for zone, names in world.dns.zones.items():
        label = next((n for n in names if n != "@"), "@")
        full = zone if label == "@" else f"{label}.{zone}"
        version = names[label][0].version if names.get(label) else 4
        yield full, "A" if version == 4 else "AAAA"
        yield f"no-such-name.{zone}", "A"


def _lab_names(world: World) -> Iterator[tuple[str, _Record]]:
    assert world.dns
    known = [*(h.name for h in world.hosts())][:1] + [s.name for s in world.sandboxes.values() if s.kind == "pod"][-1:]
    known += [s.name for s in world.sandboxes.values() if s.kind == "container"][:1]
    for name in known:
        version = min(_addresses(world, name), default=4)
        yield f"{name}.{world.dns.domain}", "A" if version == 4 else "AAAA"
