"""Findings: failed rows of the same cause are one thing to read, with examples.

The cause is where packets died: the first hop that should have seen one and did not. Where no trace was made, rows
are alike when the same was expected and the same was observed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from ..outcome import NotMeasured, PathMtu
from ..predict import Predictor
from ..row import Hop, Observation, Sighting
from .style import Style

__all__ = ["Finding", "findings", "render_finding", "sentence", "way"]

#: How many rows of one finding are written out.
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """`cause` is one plain sentence; `observations` are all the rows it explains, at least one."""

    cause: str
    observations: tuple[Observation, ...]


def findings(observations: Iterable[Observation]) -> tuple[Finding, ...]:
    """What was not met, by where it failed; the finding of most rows first."""
    groups: dict[str, list[Observation]] = {}
    for o in observations:
        if not o.met:
            groups.setdefault(_place_of_death(o) or sentence(o), []).append(o)
    found = (Finding(_cause(place, rows), tuple(rows)) for place, rows in groups.items())
    return tuple(sorted(found, key=lambda f: -len(f.observations)))


def _place_of_death(o: Observation) -> str | None:
    unseen = next((s.hop for s in o.trace if s.seen is False), None)
    return _place(unseen) if unseen else None


def _cause(place: str, rows: list[Observation]) -> str:
    """One way to die is told as it is; several have the place in common."""
    ways = {sentence(o) for o in rows}
    return ways.pop() if len(ways) == 1 else f"packets were never seen at {place}"


def sentence(o: Observation) -> str:
    """Where the packet died, in plain words; without a trace, what came instead."""
    if isinstance(o.observed, NotMeasured):
        return f"not measured: {o.observed.reason or 'no reason was given'}"
    if o.trace:
        return _where(o.trace)
    if o.hop:
        return f"the packet was never seen at {o.hop}"
    if isinstance(o.row.expected, PathMtu) and isinstance(o.observed, PathMtu):
        return f"the path MTU is {o.observed.bytes} bytes, and {o.row.expected.bytes} were expected"
    return f"{o.row.expected.word} was expected and {o.observed.word} observed"


def _where(trace: tuple[Sighting, ...]) -> str:
    last: Hop | None = None
    for sighting in trace:
        if not sighting.there:
            return f"{sighting.hop.node} has no {sighting.hop.interface}"
        if sighting.seen is False:
            return _lost(last, sighting.hop)
        last = sighting.hop if sighting.seen else last
    return "the packet was seen everywhere on its way: it is what came of it that is wrong"


def _lost(last: Hop | None, at: Hop) -> str:
    what = "the answer" if at.direction == "back" else "the packet"
    if last is None:
        return f"{what} was never sent: nothing was seen at {_place(at)}"
    if last.direction != at.direction:
        return f"the packet came to {_place(last)} and no answer was ever seen at {_place(at)}"
    return f"{what} left {_place(last)} and was never seen at {_place(at)}"


def _place(hop: Hop) -> str:
    return f"{hop.node}:{hop.interface}"


def render_finding(finding: Finding, predictor: Predictor | None, style: Style) -> list[str]:
    """The finding in lines: the cause, examples in full, how many more."""
    rows = finding.observations
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    lines = [style.paint(f"✗ {count}: {finding.cause}", "red")]
    for o in _examples(rows):
        lines += [f"    {line}" for line in _example(o, predictor, style)]
    if len(rows) > _EXAMPLES:
        lines.append(f"    … and {len(rows) - _EXAMPLES} more like these")
    return lines


def _examples(rows: tuple[Observation, ...]) -> list[Observation]:
    """A few rows, of as many different ways to fail as there are, the most frequent way first."""
    ways: dict[str, list[Observation]] = {}
    for o in rows:
        ways.setdefault(sentence(o), []).append(o)
    groups = sorted(ways.values(), key=len, reverse=True)
    by_turns = chain.from_iterable(zip_longest(*groups))
    return list(islice((o for o in by_turns if o is not None), _EXAMPLES))


def _example(o: Observation, predictor: Predictor | None, style: Style) -> list[str]:
    lines = [
        style.paint(f"{o.row.source} → {o.row.target}  {o.row.probe}", "bold"),
        f"  expected  {o.row.expected}  ({o.row.authority})",
        f"  observed  {o.observed}",
    ]
    if o.row.probe.kind == "mtu":
        lines += [f"  because   {line}" for line in _arithmetic(o, predictor)]
    if o.trace:
        lines += [f"  packet    {way(o.trace)}", f"            {sentence(o)}"]
    return lines


def _arithmetic(o: Observation, predictor: Predictor | None) -> list[str]:
    """The sum that the expectation rests on, and what the difference amounts to."""
    lines = []
    if predictor:
        lines.append(predictor.predict(o.row.source, o.row.probe).reason)
    if isinstance(o.row.expected, PathMtu) and isinstance(o.observed, PathMtu):
        want, got = o.row.expected.bytes, o.observed.bytes
        if want and got:
            size = {50: ", one VXLAN encapsulation over IPv4", 70: ", one VXLAN encapsulation over IPv6"}
            lines.append(f"{want} - {got} = {want - got} bytes{size.get(abs(want - got), '')}")
    return lines


def way(trace: tuple[Sighting, ...]) -> str:
    """`pod1:eth0 ✓ → node1:cni0 ✓ → node1:flannel.1 ✗`: up to the hop where it died."""
    parts = []
    for sighting in trace:
        mark = {True: "✓", False: "✗", None: "?"}[sighting.seen]
        parts.append(f"{sighting.hop} {mark}")
        if sighting.seen is False:
            break
    return " → ".join(parts)
