"""`vethlab lab solve`: play the reference fix, in practice."""

from __future__ import annotations

import argparse
import json

from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "solve", run, "play a solution; only in practice", "vethlab lab solve ledger-silent")
    attempt_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    attempt = Attempt.find(arguments.name)
    name = attempt.solve()
    lines = attempt.prepared.source.scripts("solutions").get(name, "")
    if arguments.json:
        print(json.dumps({"solution": name, "lines": lines}))
    else:
        print(f"{name}:\n{lines.rstrip()}" if name else "there is nothing to solve: nothing is broken")
    return 0
