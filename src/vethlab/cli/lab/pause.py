"""`vethlab lab pause` and `resume`: the clock stops, and goes on."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..verb import Verbs, add_verb
from .attempts import attempt_argument, clock

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    for name, summary in (("pause", "stop the clock"), ("resume", "let the clock go on")):
        verb = add_verb(verbs, name, run, summary, f"vethlab lab {name} ledger-silent")
        verb.set_defaults(turn=name)
        attempt_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    attempt = Attempt.find(arguments.name)
    attempt.pause() if arguments.turn == "pause" else attempt.resume()
    elapsed = attempt.record.elapsed()
    told: dict[str, Any] = {"paused": attempt.record.paused, "elapsed": round(elapsed, 1)}
    print(json.dumps(told) if arguments.json else f"{'stopped' if told['paused'] else 'running'} at {clock(elapsed)}")
    return 0
