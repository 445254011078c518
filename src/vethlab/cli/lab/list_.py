"""`vethlab lab list`: every lab, by track."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ...errors import InputError
from ..verb import Verbs, add_verb

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

    if arguments.track and arguments.track not in TRACKS:
        raise InputError.of(unknown("track", arguments.track, TRACKS))
    if arguments.question and arguments.question not in QUESTIONS:
        raise InputError.of(unknown("question", arguments.question, QUESTIONS))
    labs = [_document(read(folder)) for folder in shipped_labs().values()]
    labs.sort(key=lambda lab: (TRACKS.index(lab["track"]), lab["difficulty"], lab["minutes"], lab["id"]))
    labs = [lab for lab in labs if arguments.track in (None, lab["track"])]
    labs = [lab for lab in labs if arguments.question is None or arguments.question in lab["questions"]]
    if arguments.json:
        print(json.dumps(labs))
    else:
        _show(labs)
    return 0


def _document(source: Any) -> dict[str, Any]:
    keys = ("title", "track", "difficulty", "minutes", "skills", "needs", "questions")
    return {"id": source.id} | {key: getattr(source.exercise, key) for key in keys}


def _show(labs: list[dict[str, Any]]) -> None:
    track = ""
    for lab in labs:
        if lab["track"] != track:
            track = lab["track"]
            print(f"\n{track}")
        print(f"  {'●' * lab['difficulty']:<6}{lab['id']:<24}{lab['minutes']:>3} min  {lab['title']}")
    print(f"\n{len(labs)} labs; vethlab lab start ID")
