"""`vethlab lab check`: what works by now. Changes nothing."""

from __future__ import annotations

import argparse
import json

from ..verb import Verbs, add_verb
from .attempts import attempt_argument, documents, lines, shown_score

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    summary = "see which journeys of users succeed; in an interview, which groups of them"
    verb = add_verb(verbs, "check", run, summary, "vethlab lab check ledger-silent\nvethlab lab check monday --json")
    attempt_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    attempt = Attempt.find(arguments.name)
    results = attempt.check()
    interview = attempt.facts.mode == "interview"
    later = sum(c.group == "persistence" for c in attempt.prepared.exercise.checks)
    if arguments.json:
        found = documents(results, interview)
        print(json.dumps({"checks": found, "score": shown_score(found), "later": later}))
    else:
        print("\n".join(lines(results, interview)))
        if later:
            print(f"· persistence: {later} more when you submit, for what must last")
    return 0 if all(r.passed for r in results) else 1
