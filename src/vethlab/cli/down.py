"""`vethlab down`: end labs, without a trace."""

from __future__ import annotations

import argparse
import json

from ..errors import InputError
from .verb import Verbs, add_verb, lab_names

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "down", run, "end a lab, or all of them", "vethlab down demo\nvethlab down --all")
    action = verb.add_argument("labs", nargs="*", metavar="N", help="names of running labs")
    action.completer = lab_names  # type: ignore[attr-defined]
    verb.add_argument("--all", action="store_true", help="every lab of yours")


def run(arguments: argparse.Namespace) -> int:
    from ..capsule import find, kill, running

    if bool(arguments.labs) == arguments.all:
        raise InputError.of("name the labs to end, or say --all")
    labs = list(running()) if arguments.all else [find(name) for name in dict.fromkeys(arguments.labs)]
    for lab in labs:
        if lab.pid:
            kill(lab.pid)
        if not arguments.json:
            print(f"{lab.name} is gone")
    if arguments.json:
        print(json.dumps([lab.name for lab in labs]))
    return 0
