"""`vethlab lab shell`: a terminal in the lab, recorded from outside."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from ...errors import InputError
from ..verb import Verbs, add_verb
from .attempts import attempt_argument

if TYPE_CHECKING:
    from ...attempt import Record

__all__ = ["CONSENT", "add"]

CONSENT = "This terminal is recorded: what it shows, with its time. It becomes part of the report."


def add(verbs: Verbs) -> None:
    examples = "vethlab lab shell ledger-silent\nvethlab lab shell ledger-silent orders"
    verb = add_verb(verbs, "shell", run, "open a terminal in a place, as root of the lab alone", examples, json=False)
    attempt_argument(verb)
    verb.add_argument("place", nargs="?", metavar="PLACE", help="a node or a sandbox (the first host)")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt, CastWriter, seal
    from ...terminal import attach

    attempt = Attempt.find(arguments.name)
    place, stage = attempt.place(arguments.place), attempt.stage
    if not (os.isatty(0) and os.isatty(1)):
        raise InputError.of("this is no terminal, and a terminal is what is recorded: run it in one, without a pipe")
    path = attempt.record.next_cast(place.name)
    cast = CastWriter(path, f"{attempt.facts.name}: {place.name}")
    print(CONSENT)
    attempt.record.note("shell", place=place.name, cast=path.name, consent=CONSENT)
    try:
        return attach(stage.lab, place, ["bash", "--norc"], watch=cast, seal=seal, held=lambda: _held(attempt.record))
    finally:
        cast.close()
        attempt.record.note("shell-ended", place=place.name, cast=path.name)


def _held(record: Record) -> str:
    """While the clock is stopped nobody works on."""
    return "The clock is stopped. Nothing you type goes in until it goes on." if record.paused else ""
