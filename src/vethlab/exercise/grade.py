"""What an attempt is worth.

    restored      35   the service checks, by weight, at submission and sustained
    invariants    15   what must not have changed, by weight
    diagnosis     25   component 8 and mechanism 8 by comparison with the truth; the evidence's 9 are a human's.
                       Where several things are broken each is worth its share; so many guesses are worth little
    method        15   a human's, with the timeline beside the field
    fix quality   10   a human's, with the difference of network state beside the field

Hints cost a share of what is restored and diagnosed. There is no decision here about anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from typing import Any

from ..journey import Arrival
from ..model import Cause, Check, Group

__all__ = ["POINTS", "Field", "Result", "Rubric", "mark", "rubric", "score"]

POINTS = {"restored": 35, "invariants": 15, "component": 8, "mechanism": 8, "evidence": 9, "method": 15, "quality": 10}
_HUMAN = ("evidence", "method", "quality")


@dataclass(frozen=True, slots=True)
class Result:
    """One check and what came of it. `passed` None: not measured, which is no pass. `reason` is the user's symptom."""

    id: str
    group: Group
    weight: int
    passed: bool | None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """`{"id", "group", "weight", "passed", "reason"}`."""
        return asdict(self)


def mark(checks: Sequence[Check], arrivals: Iterable[Arrival]) -> list[Result]:
    """A result for each check that was made. A denial counts only while its `beside` passes."""
    found = {a.id: a for a in arrivals}
    return [_result(each, found) for each in checks if each.id in found]


def _result(each: Check, found: Mapping[str, Arrival]) -> Result:
    arrival = found[each.id]
    passed, reason = arrival.passed, arrival.reason
    if each.expect == "denied" and passed and not (each.beside in found and found[str(each.beside)].passed):
        passed, reason = None, f"silence proves nothing while {each.beside} fails"
    told = "" if passed else f"{each.says.strip()}: {reason}"
    return Result(each.id, each.group, each.weight, passed, told)


def score(results: Iterable[Result]) -> int:
    """The share of the checks that pass, by weight, in percent."""
    results = list(results)
    whole = sum(r.weight for r in results)
    return round(100 * sum(r.weight for r in results if r.passed) / whole) if whole else 0


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the rubric. `points` None: left to a human."""

    name: str
    points: float | None
    most: int


@dataclass(frozen=True, slots=True)
class Rubric:
    """The fields, and what the automatic ones add up to, of how much."""

    fields: tuple[Field, ...]
    hints: int

    @property
    def automatic(self) -> float:
        """The points of the fields that no human has to fill in, to a tenth."""
        return round(sum(f.points for f in self.fields if f.points is not None), 1)

    @property
    def automatic_most(self) -> int:
        """How many of those there are to be had."""
        return sum(f.most for f in self.fields if f.points is not None)

    def to_json(self) -> dict[str, Any]:
        """`{"fields": [{"name", "points", "most"}], "hints_percent", "automatic", "automatic_most", "most"}`."""
        return {
            "fields": [asdict(f) for f in self.fields],
            "hints_percent": self.hints,
            "automatic": self.automatic,
            "automatic_most": self.automatic_most,
            "most": sum(POINTS.values()),
        }


def rubric(results: Sequence[Result], truth: Sequence[Cause], told: Sequence[Cause], hints: int) -> Rubric:
    """`told` are the causes the candidate told before anything was revealed; `hints` percent go off for them."""
    rest = 1 - hints / 100
    component, mechanism = _agreement(truth, told)
    points: dict[str, float | None] = {
        "restored": POINTS["restored"] * _share(results, ("service", "persistence")) * rest,
        "invariants": POINTS["invariants"] * _share(results, ("invariant",)),
        "component": POINTS["component"] * rest * component,
        "mechanism": POINTS["mechanism"] * rest * mechanism,
    }
    fields = (Field(n, None if n in _HUMAN else round(points[n] or 0, 1), most) for n, most in POINTS.items())
    return Rubric(tuple(fields), hints)


def _agreement(truth: Sequence[Cause], told: Sequence[Cause]) -> tuple[float, float]:
    """How much of the components and of the mechanisms is right, each told cause held against the one it fits best."""
    padded = [*told, *[None] * len(truth)]
    fits = (
        (
            sum(t is not None and t.component == true.component for t, true in zip(taken, truth, strict=True)),
            sum(t is not None and t.mechanism == true.mechanism for t, true in zip(taken, truth, strict=True)),
        )
        for taken in permutations(padded, len(truth))
    )
    right = max(fits, key=lambda fit: (sum(fit), fit))
    most = max(len(truth), len(told))
    return right[0] / most, right[1] / most


def _share(results: Iterable[Result], groups: Sequence[str]) -> float:
    own = [r for r in results if r.group in groups]
    whole = sum(r.weight for r in own)
    return sum(r.weight for r in own if r.passed) / whole if whole else 1.0
