"""`vethlab lab shell`: a terminal in the lab, recorded from outside."""

from __future__ import annotations

import argparse

from ...errors import InputError
from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["CONSENT", "add"]

CONSENT = "This terminal is recorded: what it shows, with its time. It becomes part of the report."


def add(verbs: Verbs) -> None:
    examples = "vethlab lab shell ledger-silent\nvethlab lab shell ledger-silent orders"
    verb = add_verb(verbs, "shell", run, "open a terminal in a place, as root of the lab alone", examples, json=False)
    attempt_argument(verb)
    verb.add_argument("place", nargs="?", metavar="PLACE", help="a node or a sandbox (the first host)")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt, CastWriter, seal
    from ...place import find_place
    from ...terminal import attach

    attempt = Attempt.find(arguments.name)
    if attempt.submitted:
        raise InputError.of(f"it was submitted; vethlab lab report {attempt.facts.name} tells of it")
    stage = attempt.stage
    place = find_place(stage.lab, arguments.place or next(stage.prepared.world.hosts()).name)
    path = attempt.record.next_cast(place.name)
    cast = CastWriter(path, f"{attempt.facts.name}: {place.name}")
    print(CONSENT)
    attempt.record.note("shell", place=place.name, cast=path.name, consent=CONSENT)
    try:
        return attach(stage.lab, place, ["bash", "--norc"], watch=cast, seal=seal)
    finally:
        cast.close()
        attempt.record.note("shell-ended", place=place.name, cast=path.name)
