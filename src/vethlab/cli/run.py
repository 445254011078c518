"""`vethlab run`: up, converge, check, report, down."""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING

from ..errors import InputError
from . import reporting
from .progress import Progress
from .verb import Verbs, add_verb, making_arguments, topology_names

if TYPE_CHECKING:
    from .start import Started

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
    making_arguments(verb)


def run(arguments: argparse.Namespace) -> int:
    from ..load import load
    from .start import leave, start_lab

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
    started = start_lab(
        topology,
        name,
        progress,
        owned=True,
        keep=arguments.keep,
        playbooks=arguments.playbooks,
        size=arguments.size,
        engine=arguments.engine,
        version=arguments.engine_version,
    )
    checked = _check(started, progress, arguments.keep)
    checked.phases = phases | started.phases | checked.phases
    ended = time.perf_counter()
    leave(started.capsule, keep=arguments.keep and not checked.verdict.ok)
    checked.phases["down"] = time.perf_counter() - ended
    progress.done("down", checked.phases["down"])
    return reporting.report(checked, arguments)


def _check(started: Started, progress: Progress, keep: bool) -> reporting.Checked:
    from .start import leave

    try:
        return reporting.check(started.registered, progress)
    except Exception:
        leave(started.capsule, keep)
        raise
    except BaseException:
        started.capsule.end()
        raise
