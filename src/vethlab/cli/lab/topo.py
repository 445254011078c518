"""`vethlab lab topo`: the network of the lab, as it is meant to be."""

from __future__ import annotations

import argparse
import json
import sys

from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "topo", run, "draw the network as it is meant to be", "vethlab lab topo ledger-silent")
    attempt_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt
    from ...report import Style, render_topology

    text = render_topology(Attempt.find(arguments.name).prepared.world, Style.of(sys.stdout))
    print(json.dumps({"drawing": text}) if arguments.json else text, end="" if not arguments.json else "\n")
    return 0
