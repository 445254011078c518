"""`vethlab check`: every expectation of a running lab, as a matrix."""

from __future__ import annotations

import argparse

from . import reporting
from .progress import Progress
from .verb import Verbs, add_verb, lab_argument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    examples = "vethlab check demo\nvethlab check demo --junit demo.xml\nvethlab check demo --json"
    verb = add_verb(verbs, "check", run, "check every expectation of a running lab", examples)
    lab_argument(verb)
    verb.add_argument("--junit", metavar="FILE", help="write the rows as JUnit XML")


def run(arguments: argparse.Namespace) -> int:
    from ..capsule import find

    checked = reporting.check(find(arguments.lab), Progress(quiet=arguments.json))
    return reporting.report(checked, arguments)
