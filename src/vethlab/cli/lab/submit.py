"""`vethlab lab submit`: grade what there is now."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..verb import Verbs, add_verb
from .attempts import attempt_argument, clock, documents, lines

if TYPE_CHECKING:
    from ...attempt import Attempt, Grade

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    summary = "have what there is now graded: at once, after a while, and after a restart of what was mended"
    verb = add_verb(verbs, "submit", run, summary, "vethlab lab submit ledger-silent")
    attempt_argument(verb)
    verb.add_argument("--sustain", type=float, default=5.0, metavar="S", help="seconds it must hold (5)")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    attempt = Attempt.find(arguments.name)
    grade = attempt.submit(arguments.sustain)
    interview = attempt.facts.mode == "interview"
    if arguments.json:
        document: dict[str, Any] = {"checks": documents(grade.results, interview), "restored": grade.restored}
        print(json.dumps(document if interview else document | {"rubric": grade.rubric.to_json()}))
    elif interview:
        print(f"submitted after {clock(attempt.record.elapsed())}. Thank you.")
    else:
        print("\n".join(_lines(attempt, grade)))
    return 0 if grade.restored or interview else 1


def _lines(attempt: Attempt, grade: Grade) -> Iterator[str]:
    yield from lines(grade.results, interview=False)
    yield ""
    for field in grade.rubric.fields:
        points = "a human's" if field.points is None else f"{field.points:g}"
        yield f"  {field.name:<12}{points:>10} of {field.most}"
    yield ""
    for number, truth in enumerate(attempt.prepared.exercise.causes):
        yield f"{'and' if number else 'It was'}: {truth.component}, {truth.mechanism}" + (
            f", on {truth.place}" if truth.place else ""
        )
    yield ""
    yield attempt.prepared.source.debrief.rstrip()
