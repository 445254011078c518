"""`vethlab topo`: draw a topology."""

from __future__ import annotations

import argparse

from .verb import Verbs, add_verb, topology_names

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "topo", run, "draw a topology in the terminal", "vethlab topo three-node", json=False)
    action = verb.add_argument("topology", metavar="TOPOLOGY", help="a file, or a shipped name (three-node)")
    action.completer = topology_names  # type: ignore[attr-defined]


def run(arguments: argparse.Namespace) -> int:
    from ..addressing import lay_out
    from ..load import load
    from ..report import render_topology

    print(render_topology(lay_out(load(arguments.topology))))
    return 0
