"""`vethlab check`: every expectation of a running lab, as a matrix."""

from __future__ import annotations

import argparse
import sys

from . import reporting
from .progress import Progress
from .verb import Verbs, add_verb, place_arguments

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    examples = "vethlab check demo\nvethlab check demo --junit demo.xml\nvethlab check demo --json"
    examples += "\nvethlab check --inventory hosts.ini three-node    real machines, over SSH"
    verb = add_verb(verbs, "check", run, "check every expectation of a running lab, or of real machines", examples)
    place_arguments(verb)
    verb.add_argument("--junit", metavar="FILE", help="write the rows as JUnit XML")


def run(arguments: argparse.Namespace) -> int:
    from ..capsule import find

    if arguments.inventory:
        return _over_ssh(arguments)
    checked = reporting.check(find(arguments.lab), Progress(quiet=arguments.json))
    return reporting.report(checked, arguments)


def _over_ssh(arguments: argparse.Namespace) -> int:
    from ..remote import check
    from .real import real_machines

    topology, world, inventory = real_machines(arguments)
    answer = check(topology, world, inventory.hosts, Progress(quiet=arguments.json).begin)
    status = reporting.report(reporting.Checked(answer.to_json()), arguments)
    if not arguments.json:
        for why, count in answer.left_out.items():
            print(f"  left out: {count} rows: {why}")
    for name, why in answer.lost.items():
        print(f"vethlab: {name} dropped off in the middle: {why}", file=sys.stderr)
    return status
