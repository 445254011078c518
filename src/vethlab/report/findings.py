"""Findings: failed rows of the same cause are one thing to read, with examples.

The cause is where packets died or left their path: the first hop that should have seen one and did not. Where no trace
was made, rows are alike when the same was expected and the same was observed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from ..outcome import PathMtu
from ..predict import Predictor
from ..row import Observation, Sighting
from .sentence import gist, missed, place, sentence, strayed
from .style import Style

__all__ = ["Finding", "findings", "marks", "render_finding"]

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
    found = (Finding(_cause(rows), tuple(rows)) for rows in groups.values())
    return tuple(sorted(found, key=lambda f: -len(f.observations)))


def _place_of_death(o: Observation) -> str | None:
    at = missed(o)
    return place(at.hop) if at else None


def _cause(rows: list[Observation]) -> str:
    """One way to die is told as it is; several have the place in common, and perhaps more."""
    told = {sentence(o) for o in rows}
    if len(told) == 1:
        return told.pop()
    told = {gist(o) for o in rows}
    at = _place_of_death(rows[0])
    return told.pop() if len(told) == 1 else f"packets were never seen at {at}"


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
        lines += [
            f"  packet    {marks(o.trace)}",
            *(f"            {said}" for said in (sentence(o), strayed(o)) if said),
        ]
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


def marks(trace: tuple[Sighting, ...]) -> str:
    """`pod1:eth0 ✓ → node1:cni0 ✓ → node1:flannel.1 ✗`: up to the hop where it died."""
    parts = []
    for sighting in trace:
        mark = {True: "✓", False: "✗", None: "?"}[sighting.seen]
        parts.append(f"{sighting.hop} {mark}")
        if sighting.seen is False:
            break
    return " → ".join(parts)
