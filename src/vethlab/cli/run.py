"""`vethlab run`: up, converge, check, report, down."""

from __future__ import annotations

import argparse
import os
import sys
import time

from ..errors import InputError
from . import reporting
from .progress import Progress
from .verb import Verbs, add_verb, topology_names

__all__ = ["add"]

_EXAMPLES = """
vethlab run
vethlab run topologies/three-node-dual-stack.yml
vethlab run three-node --json
vethlab run --seed 7                     a random topology, the same for the same number
vethlab run mine.yml --junit out.xml --keep
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "run", run, "stand a topology up, check everything, report, and take it down", _EXAMPLES)
    action = verb.add_argument("topology", nargs="?", metavar="TOPOLOGY", help="a file, or a shipped name (three-node)")
    action.completer = topology_names  # type: ignore[attr-defined]
    verb.add_argument("--seed", type=int, metavar="N", help="a random topology made from this number")
    verb.add_argument("--name", help="the lab's name while it runs")
    verb.add_argument("--junit", metavar="FILE", help="write the rows as JUnit XML")
    verb.add_argument("--keep", action="store_true", help="if anything fails, leave the lab up to be looked at")


def run(arguments: argparse.Namespace) -> int:
    from ..load import load
    from .start import start_lab

    if arguments.seed is not None and arguments.topology:
        raise InputError.of("--seed makes a topology of its own: give either --seed or TOPOLOGY")
    progress = Progress(quiet=arguments.json)
    began = time.perf_counter()
    if arguments.seed is None:
        topology = load(arguments.topology or "three-node")
    else:
        from ..generate import generate

        topology = generate(arguments.seed)
    phases = {"load": time.perf_counter() - began}
    name = arguments.name or f"{topology.name}-{os.getpid()}"
    started = start_lab(topology, name, progress, owned=True, keep=arguments.keep)
    checked = reporting.check(started.registered, progress)
    checked.phases = phases | started.phases | checked.phases
    keep = arguments.keep and not checked.verdict.ok
    if keep:
        started.capsule.keep()
    else:
        ended = time.perf_counter()
        started.capsule.end()
        checked.phases["down"] = time.perf_counter() - ended
        progress.done("down", checked.phases["down"])
    status = reporting.report(checked, arguments)
    if keep:
        print(f"kept: vethlab shell {name} NODE   end it with: vethlab down {name}", file=sys.stderr)
    return status
