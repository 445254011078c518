"""`vethlab up`: a lab that stays."""

from __future__ import annotations

import argparse
import json

from .progress import Progress
from .verb import Verbs, add_verb, making_arguments, topology_names

__all__ = ["add"]

_EXAMPLES = """
vethlab up three-node
vethlab up topologies/two-rack.yml --name racks
vethlab up three-node --until underlay   machines and cables only, to configure by hand
"""

_PHASES = ("capsule", "underlay", "sandboxes", "converge", "start")


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "up", run, "stand a topology up and leave it running", _EXAMPLES)
    action = verb.add_argument("topology", metavar="TOPOLOGY", help="a file, or a shipped name (three-node)")
    action.completer = topology_names  # type: ignore[attr-defined]
    verb.add_argument("--name", help="the lab's name; the topology's if not given")
    verb.add_argument("--keep", action="store_true", help="if it fails half-way, leave it to be looked at")
    verb.add_argument("--until", choices=_PHASES, default=_PHASES[-1], help="stop after this phase")
    making_arguments(verb)
    verb.add_argument("--lifeline", type=int, metavar="FD", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    from ..load import load
    from .start import start_lab

    topology = load(arguments.topology)
    name = arguments.name or topology.name
    started = start_lab(
        topology,
        name,
        Progress(quiet=arguments.json),
        owned=False,
        keep=arguments.keep,
        until=arguments.until,
        lifeline=arguments.lifeline,
        playbooks=arguments.playbooks,
        size=arguments.size,
        engine=arguments.engine,
        version=arguments.engine_version,
    )
    if arguments.json:
        print(
            json.dumps(
                {
                    "name": name,
                    "topology": topology.name,
                    "state": "up",
                    "pid": started.capsule.pid,
                    "phases": started.phases,
                }
            )
        )
    else:
        print(f"{name} is up: vethlab shell {name} {next(iter(started.world.machines))}")
    return 0
