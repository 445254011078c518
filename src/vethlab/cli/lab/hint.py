"""`vethlab lab hint`: the next hint for what fails now."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    examples = "vethlab lab hint ledger-silent\nvethlab lab hint monday --free     given by the interviewer"
    verb = add_verb(
        verbs, "hint", run, "take a hint: orient, layer, observation, mechanism, for 5, 10, 20, 35 percent", examples
    )
    attempt_argument(verb)
    verb.add_argument("--free", action="store_true", help="without its price; written down as such")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    hint = Attempt.find(arguments.name).hint(arguments.free)
    if arguments.json:
        print(json.dumps(asdict(hint) if hint else {}))
    elif hint:
        print(f"{hint.rung} ({hint.price} %): {hint.text}")
    else:
        print("there is no hint for this: nothing that has one fails, or all were given")
    return 0
