"""`vethlab lab report`: the whole attempt, as HTML, JSON, JUnit and text."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..verb import Verbs, add_verb
from .attempts import attempt_argument, clock

__all__ = ["add"]

_EXAMPLES = """
vethlab lab report monday
vethlab lab report monday --output monday-report
vethlab lab report monday --json
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "report", run, "write the report: one HTML file, JSON, JUnit and a transcript", _EXAMPLES)
    attempt_argument(verb)
    verb.add_argument("--output", type=Path, metavar="DIR", help="where to (NAME-report)")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt
    from ...attempt.bundle import document, write

    attempt = Attempt.find(arguments.name)
    if arguments.json and not arguments.output:
        print(json.dumps(document(attempt)))
        return 0
    files = write(attempt, arguments.output or Path(f"{attempt.facts.name}-report"))
    if arguments.json:
        print(json.dumps(document(attempt)))
        return 0
    found = document(attempt)
    rubric = found["rubric"]
    points = f"{rubric['automatic']:g} of {rubric['automatic_most']} measured points" if rubric else "not submitted"
    print(f"{found['candidate'] or found['name']}: {found['title']}: {points}, {clock(found['elapsed'])}")
    print("\n".join(f"  {file}" for file in files))
    return 0
