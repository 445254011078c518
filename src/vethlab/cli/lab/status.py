"""`vethlab lab status`: the clock, the hints, how far one is."""

from __future__ import annotations

import argparse
import json

from ..verb import Verbs, add_verb
from .attempts import attempt_argument, clock

__all__ = ["add"]

#: From here on the clock warns, in seconds.
_WARNING = 300


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "status", run, "see the clock, and what was used", "vethlab lab status ledger-silent")
    attempt_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    found = Attempt.find(arguments.name).status()
    if arguments.json:
        print(json.dumps(found))
        return 0
    state = (
        "submitted"
        if found["submitted"]
        else "paused"
        if found["paused"]
        else "running"
        if found["running"]
        else "ended"
    )
    left = found["minutes"] * 60 - found["elapsed"]
    print(f"{found['name']}: {found['lab']}, {found['mode']}, {state}")
    print(
        f"  {clock(found['elapsed'])} of {found['minutes']} minutes, "
        + (f"{clock(left)} left" if left > 0 else "time is over")
    )
    if 0 < left < _WARNING and state == "running":
        print("  less than five minutes are left")
    told = "told" if found["told_cause"] else "not told yet"
    print(f"  {found['hints']} hints ({found['hints_percent']} %), cause {told}")
    if found["last_score"] is not None:
        print(f"  at the last check {found['last_score']} % passed")
    return 0
