"""Expectations: a probe that can have this outcome, between endpoints that can ask and answer it.

An expectation that fails is the network's fault only if it could have been met; what never can be is a finding here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..containers import EPHEMERAL
from ..finding import Finding, Path
from ..model import Expectation, Topology, is_address
from ..nearest import nearest
from ..selector import SelectorError, choose
from .name_service import is_domain
from .roster import Endpoint, name_servers, published, roster

__all__ = ["check"]

_FAILURES = ("unreachable", "timeout")
_OUTCOMES = {
    "tcp": ("reached", "refused", *_FAILURES),
    "udp": ("reached", "refused", *_FAILURES),
    "http": ("http", "refused", *_FAILURES),
    "icmp": ("reached", *_FAILURES),
    "dns": ("answered", "refused", *_FAILURES),
    "mtu": ("path_mtu", *_FAILURES),
}
#: Which outcome each sharpening field belongs to.
_SHARPENS = {
    "source": ("reached", "http"),
    "bytes": ("path_mtu",),
    "records": ("answered",),
    "rcode": ("answered",),
    "status": ("http",),
}
_SOURCES = ("own", "host", "gateway")
#: RFC 1035, section 4.1.1.
_RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


def check(topology: Topology) -> Iterator[Finding]:
    """In the file's order: whether the outcome fits the question, and who asks whom on which port."""
    everyone = {endpoint.name: endpoint for endpoint in roster(topology)}
    for i, expectation in enumerate(topology.expect):
        path: Path = ("expect", i)
        yield from _outcome(path, expectation)
        yield from _values(path, expectation)
        sources = _selected(everyone, expectation.from_)
        if expectation.dns is not None:
            yield from _question(path, expectation, topology)
        if not sources or _asks_resolver(expectation):
            continue
        targets = _selected(everyone, expectation.to)
        yield from _pairs(path, expectation, sources, targets)
        yield from _ports(path, expectation, targets)


def _outcome(path: Path, expectation: Expectation) -> Iterator[Finding]:
    possible = _OUTCOMES[expectation.kind]
    if expectation.outcome not in possible:
        message = f"a probe of {expectation.kind} ends in {_or(possible)}, never in {expectation.outcome}"
        yield Finding((*path, "outcome"), message)
    for key, outcomes in _SHARPENS.items():
        if getattr(expectation, key) is not None and expectation.outcome not in outcomes:
            message = f"`{key}` is only for the outcome {_or(outcomes)}, not for {expectation.outcome}"
            yield Finding((*path, key), message, at_key=True)
    if expectation.source is not None and expectation.kind == "icmp":
        yield Finding(
            (*path, "source"), "`source` is not for icmp: an echo reply does not tell which source was seen", True
        )
    if expectation.published and expectation.kind not in ("tcp", "udp", "http"):
        message = f"`published` is for tcp, udp and http, not for {expectation.kind}"
        yield Finding((*path, "published"), message, at_key=True)


def _values(path: Path, expectation: Expectation) -> Iterator[Finding]:
    source = expectation.source
    if source is not None and source not in _SOURCES and not is_address(source):
        near = nearest(source, _SOURCES)
        hint = f", did you mean {near!r}?" if near else ""
        yield Finding((*path, "source"), f"own, host, gateway or an address was expected, not {source!r}{hint}")
    if expectation.rcode is not None and expectation.rcode not in _RCODES:
        near = nearest(expectation.rcode.lower(), [r.lower() for r in _RCODES])
        hint = f", did you mean {near.upper()!r}?" if near else ""
        yield Finding((*path, "rcode"), f"{_or(_RCODES)} was expected, not {expectation.rcode!r}{hint}")
    for i, record in enumerate(expectation.records or ()):
        if not is_address(record):
            yield Finding((*path, "records", i), f"an IP address was expected, not {record!r}")
    if expectation.records and expectation.rcode not in (None, "NOERROR"):
        message = f"records come with the rcode NOERROR, not with {expectation.rcode}"
        yield Finding((*path, "records"), message, at_key=True)


def _question(path: Path, expectation: Expectation, topology: Topology) -> Iterator[Finding]:
    if not is_domain((expectation.dns or "").removesuffix(".")):
        yield Finding((*path, "dns"), f"a name such as www.example.com was expected, not {expectation.dns!r}")
    if expectation.outcome != "answered":
        return
    if topology.dns is None and not _embedded(expectation, topology):
        yield Finding((*path, "to"), "nobody answers: this topology has no `dns`")
    elif topology.dns and not _asks_resolver(expectation):
        everyone = {e.name: e for e in roster(topology)}
        deaf = [e.name for e in _selected(everyone, expectation.to) if e.name not in name_servers(topology)]
        if deaf:
            yield Finding((*path, "to"), f"{_and(deaf)} {_has(deaf, 'runs', 'run')} no name server")


def _embedded(expectation: Expectation, topology: Topology) -> bool:
    """Every source has Docker's own name server."""
    everyone = {e.name: e for e in roster(topology)}
    sources = _selected(everyone, expectation.from_)
    declared = (topology.containers.get(str(e.path[1])) for e in sources)
    return _asks_resolver(expectation) and all(d is not None and d.networks for d in declared)


def _asks_resolver(expectation: Expectation) -> bool:
    return expectation.dns is not None and expectation.to == ("resolver",)


def _selected(everyone: dict[str, Endpoint], words: Iterable[str]) -> list[Endpoint]:
    """Whom the words select; a word that selects nobody is a finding of the references."""
    members = {name: endpoint.member for name, endpoint in everyone.items()}
    names: dict[str, None] = {}
    for word in words:
        try:
            names |= dict.fromkeys(choose(members, word))
        except SelectorError:
            continue
    return [everyone[name] for name in names]


def _pairs(path: Path, expectation: Expectation, sources: list[Endpoint], targets: list[Endpoint]) -> Iterator[Finding]:
    pairs = [(s, t) for s in sources for t in targets if s.name != t.name]
    if not targets:
        return
    if not pairs:
        yield Finding(path, "this asks nothing: nobody is probed by itself, and `from` and `to` name the same one")
        return
    if expectation.where is not None:
        same = expectation.where == "same-host"
        pairs = [(s, t) for s, t in pairs if (s.node == t.node) == same]
        if not pairs:
            yield Finding((*path, "where"), f"this asks nothing: no pair of `from` and `to` is on {_where(same)}")
            return
    version = expectation.family
    if version and not any(version in s.versions & t.versions for s, t in pairs):
        yield Finding((*path, "family"), f"this asks nothing: no pair of `from` and `to` has IPv{version} on both ends")


def _where(same: bool) -> str:
    return "one and the same host" if same else "different hosts"


def _ports(path: Path, expectation: Expectation, targets: list[Endpoint]) -> Iterator[Finding]:
    port = getattr(expectation, expectation.kind)
    if expectation.kind not in ("tcp", "udp", "http") or not targets:
        return
    if expectation.published:
        yield from _published(path, expectation, port, targets)
    elif expectation.outcome in ("reached", "http"):
        deaf = [t for t in targets if port not in t.serves(expectation.kind)]
        if deaf:
            yield Finding((*path, expectation.kind), _deaf(deaf, expectation.kind, port))


def _published(path: Path, expectation: Expectation, port: int, targets: list[Endpoint]) -> Iterator[Finding]:
    protocol = "udp" if expectation.kind == "udp" else "tcp"
    asked, key = f"{port}/{protocol}", (*path, expectation.kind)
    lacking = [t.name for t in targets if not _publishes(t, port, protocol)]
    if len(lacking) == len(targets):
        there = sorted({published(p) for t in targets for p in t.publish})
        yield Finding(key, f"no target publishes {asked}" + (f"; published are {_and(there)}" if there else ""))
    elif expectation.outcome in ("reached", "http"):
        if lacking:
            yield Finding(key, f"{_and(lacking)} {_has(lacking, 'does', 'do')} not publish {asked}")
        yield from _served(key, expectation, asked, targets)


def _publishes(target: Endpoint, port: int, protocol: str) -> bool:
    """By that number, or by leaving it to the host, which picks one from EPHEMERAL on."""
    picked = (0, port) if port >= EPHEMERAL else (port,)
    return any(p.host_port in picked and p.protocol == protocol for p in target.publish)


def _served(path: Path, expectation: Expectation, asked: str, targets: list[Endpoint]) -> Iterator[Finding]:
    for target in targets:
        inside = [p.port for p in target.publish if published(p) == asked]
        if inside and not set(inside) & set(target.serves(expectation.kind)):
            yield Finding(path, _deaf([target], expectation.kind, inside[0]))
            return


def _deaf(deaf: list[Endpoint], kind: str, port: int) -> str:
    names = [endpoint.name for endpoint in deaf]
    http = deaf[0].serves("http")
    serves = [f"http {p}" for p in http] + [f"tcp {p}" for p in deaf[0].serves("tcp") if p not in http]
    serves += [f"udp {p}" for p in deaf[0].serves("udp")]
    there = f"{deaf[0].name} serves {_and(serves)}" if serves else f"{deaf[0].name} serves nothing"
    return f"{_and(names)} {_has(names, 'does', 'do')} not serve {kind} {port}; {there}"


def _has(names: list[str], one: str, several: str) -> str:
    return one if len(names) == 1 else several


def _or(words: Iterable[str]) -> str:
    return _joined(list(words), "or")


def _and(words: Iterable[str]) -> str:
    found = list(words)
    return _joined(found, "and") if len(found) <= 4 else f"{', '.join(found[:3])} and {len(found) - 3} more"


def _joined(words: list[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]
