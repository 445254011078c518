"""`vethlab lab reset`: the lab as it was at the beginning. The clock goes on."""

from __future__ import annotations

import argparse
import json

from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    summary = "destroy the lab and make it anew, broken as it was; the clock goes on"
    verb = add_verb(verbs, "reset", run, summary, "vethlab lab reset ledger-silent")
    attempt_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    seconds = Attempt.find(arguments.name).reset()
    print(json.dumps({"seconds": round(seconds, 3)}) if arguments.json else f"as at the beginning ({seconds:.2f} s)")
    return 0
