"""What the verbs of a running attempt share: its argument, and how results are shown."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...exercise import Result

__all__ = ["attempt_argument", "clock", "documents", "lines", "shown_score"]


def attempt_argument(verb: argparse.ArgumentParser) -> None:
    """NAME, which a shell completes from the attempts that are written down."""
    action = verb.add_argument(
        "name", metavar="NAME", help="the attempt, named after its lab unless --name said otherwise"
    )
    action.completer = _names  # type: ignore[attr-defined]


def _names(**_: object) -> list[str]:
    from ...attempt import records

    return [record.folder.name for record in records()]


def documents(results: Iterable[Result], interview: bool) -> list[dict[str, Any]]:
    """The checks as JSON. In an interview only groups pass or fail, and nothing says why."""
    results = list(results)
    if not interview:
        return [r.to_json() for r in results]
    groups = dict.fromkeys(r.group for r in results)
    return [_group(name, [r for r in results if r.group == name]) for name in groups]


def _group(name: str, results: list[Result]) -> dict[str, Any]:
    passed = all(r.passed for r in results)
    return {"id": name, "group": name, "weight": sum(r.weight for r in results), "passed": passed, "reason": ""}


def shown_score(documents: Sequence[dict[str, Any]]) -> int:
    """The share of what is shown that passes, by weight, in percent: of groups it tells no more than they do."""
    whole = sum(d["weight"] for d in documents)
    return round(100 * sum(d["weight"] for d in documents if d["passed"]) / whole) if whole else 0


def lines(results: Iterable[Result], interview: bool) -> Iterator[str]:
    """A line for each check, or in an interview for each group, and below what fails the reason."""
    for each in documents(results, interview):
        mark = "✓" if each["passed"] else "✗" if each["passed"] is False else "?"
        name = each["id"] if interview else f"{each['group']:<12}{each['id']}"
        yield f"{mark} {name}" + (f"\n    {each['reason']}" if each["reason"] else "")


def clock(seconds: float) -> str:
    """Minutes and seconds, as 12:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
