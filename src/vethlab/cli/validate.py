"""`vethlab validate`: read topology files and say everything that is wrong with them; nothing is started."""

from __future__ import annotations

import argparse
import json

from .. import errors
from ..errors import InputError, Problem
from .verb import Verbs, add_verb

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    summary = "check topology files without starting anything"
    verb = add_verb(verbs, "validate", run, summary, "vethlab validate topologies/three-node.yml")
    verb.add_argument("topologies", nargs="+", metavar="TOPOLOGY")


def run(arguments: argparse.Namespace) -> int:
    from ..load import load

    problems: list[Problem] = []
    for name in arguments.topologies:
        try:
            load(name)
        except InputError as error:
            problems += error.problems
        else:
            if not arguments.json:
                print(f"{name}: well")
    if arguments.json:
        print(json.dumps(errors.to_json(InputError(*problems)) if problems else {"problems": []}))
        return 2 if problems else 0
    if problems:
        raise InputError(*problems)
    return 0
