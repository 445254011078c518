"""`vethlab lab stop`: end the lab. What was written down stays, unless it is to be forgotten."""

from __future__ import annotations

import argparse
import json

from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["add"]

_EXAMPLES = """
vethlab lab stop ledger-silent
vethlab lab stop monday --forget      and delete its record: terminals, timeline, grades
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "stop", run, "end the lab; its record stays until you say --forget", _EXAMPLES)
    attempt_argument(verb)
    verb.add_argument("--forget", action="store_true", help="delete everything that was written down of it")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt
    from ...capsule import find, kill

    attempt = Attempt.find(arguments.name)
    if attempt.running and (pid := find(attempt.facts.name).pid):
        kill(pid)
        attempt.record.note("stopped")
    if arguments.forget:
        attempt.record.forget()
    where = None if arguments.forget else str(attempt.record.folder)
    if arguments.json:
        print(json.dumps({"name": attempt.facts.name, "record": where}))
    else:
        print(f"{attempt.facts.name} has ended; " + (f"its record is in {where}" if where else "its record is deleted"))
    return 0
