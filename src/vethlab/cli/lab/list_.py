"""`vethlab lab list`: every lab, by track."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..verb import Verbs, add_verb

if TYPE_CHECKING:
    from ...exercise import Source

__all__ = ["add"]

_EXAMPLES = """
vethlab lab list
vethlab lab list --track dns
vethlab lab list --question how-pods-communicate
vethlab lab list --json
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "list", run, "list the labs, by track, from easy to hard", _EXAMPLES)
    verb.add_argument("--track", metavar="T", help="only those of a track: linux, docker, pods, dns, mtu")
    verb.add_argument("--question", metavar="Q", help="only those that show the answer to an interview question")


def run(arguments: argparse.Namespace) -> int:
    from ...exercise import QUESTIONS, read, shipped_labs
    from ...model import TRACKS
    from ...nearest import unknown
    from .making import missing_features

    if arguments.track and arguments.track not in TRACKS:
        raise InputError.of(unknown("track", arguments.track, TRACKS))
    if arguments.question and arguments.question not in QUESTIONS:
        raise InputError.of(unknown("question", arguments.question, QUESTIONS))
    sources = [read(folder) for folder in shipped_labs().values()]
    missing, done = missing_features({need for s in sources for need in s.exercise.needs}), _done()
    labs = [_document(source, missing, done) for source in sources]
    labs.sort(key=lambda lab: (TRACKS.index(lab["track"]), lab["difficulty"], lab["minutes"], lab["id"]))
    labs = [lab for lab in labs if arguments.track in (None, lab["track"])]
    labs = [lab for lab in labs if arguments.question is None or arguments.question in lab["questions"]]
    if arguments.json:
        print(json.dumps(labs))
    else:
        _show(labs)
    return 0


def _document(source: Source, missing: Collection[str], done: Collection[str]) -> dict[str, Any]:
    keys = ("title", "track", "difficulty", "minutes", "skills", "needs", "questions")
    known = {key: getattr(source.exercise, key) for key in keys}
    return {"id": source.id} | known | {"available": not set(known["needs"]) & set(missing), "done": source.id in done}


def _done() -> set[str]:
    """The labs in which an attempt restored everything, by its own work."""
    from ...attempt import records

    own = [r for r in records() if r.facts.mode == "practice" and not r.last("solved")]
    found = [(r.facts.lab, r.last("submitted")) for r in own]
    return {lab for lab, submitted in found if submitted and all(c["passed"] for c in submitted.data["results"])}


def _show(labs: list[dict[str, Any]]) -> None:
    for track, group in groupby(labs, lambda lab: str(lab["track"])):
        own = list(group)
        print(f"{track}  {_bar(sum(lab['done'] for lab in own), len(own))}")
        for lab in own:
            mark = "✓" if lab["done"] else " " if lab["available"] else "-"
            print(f"{mark} {'●' * lab['difficulty']:<6}{lab['id']:<20}{lab['minutes']:>3} min  {lab['title']}")
        print()
    lacking = "; - marks what this machine cannot (vethlab doctor)" if not all(lab["available"] for lab in labs) else ""
    print(f"{sum(lab['done'] for lab in labs)} of {len(labs)} done; vethlab lab start ID{lacking}")


def _bar(done: int, of: int) -> str:
    return f"[{'#' * done}{'-' * (of - done)}] {done}/{of}"
