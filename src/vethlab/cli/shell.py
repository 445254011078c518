"""`vethlab shell`: a terminal in a node or a sandbox."""

from __future__ import annotations

import argparse

from .verb import Verbs, add_verb, lab_argument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    examples = "vethlab shell demo node1\nvethlab shell demo pod1"
    verb = add_verb(verbs, "shell", run, "open a terminal in a node or a sandbox", examples, json=False)
    lab_argument(verb)
    verb.add_argument("place", metavar="NODE[/SANDBOX]")


def run(arguments: argparse.Namespace) -> int:
    from ..capsule import find
    from ..place import find_place
    from ..terminal import attach

    lab = find(arguments.lab)
    return attach(lab, find_place(lab, arguments.place), ["bash", "--norc"])
