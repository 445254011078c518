"""`vethlab docker`: the docker command on a node of a running lab."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .verb import Verbs, add_verb, lab_argument

if TYPE_CHECKING:
    from ..capsule import Registered

__all__ = ["add"]

_EXAMPLES = """
vethlab docker demo node1 -- ps
vethlab docker demo node1 -- network create my-network
vethlab docker demo node1 -- run -d --network my-network --name my-container echo
vethlab docker demo node1 -- inspect my-container
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "docker", run, "run the docker command on a node", _EXAMPLES, json=False)
    lab_argument(verb)
    verb.add_argument("place", metavar="NODE")
    verb.add_argument("command", nargs=argparse.REMAINDER, metavar="-- ARGS", help="what follows `docker`")


def run(arguments: argparse.Namespace) -> int:
    from .. import place, state
    from ..capsule import find
    from ..errors import InputError

    words = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    lab = find(arguments.lab)
    node = place.find_place(lab, arguments.place)
    if node.kind != "host":
        raise InputError.of(f"{node.name} is no host, and has no Docker (vethlab inspect {lab.name} lists the hosts)")
    found = state.read(lab.root)
    if found and found.engine == "dockerd":
        return place.run(lab, node, ["docker", *words])
    return _emulated(lab, node.name, words)


def _emulated(lab: Registered, node: str, words: Sequence[str]) -> int:
    """What the lab answers; a command in a container is run from here, with our terminal."""
    from .. import place
    from ..client import call

    answer = call(lab, "/docker", {"node": node, "argv": list(words)})
    sys.stdout.write(answer["stdout"])
    sys.stderr.write(answer["stderr"])
    status = int(answer["status"])
    if answer["place"]:
        sys.stdout.flush()
        status = place.run(lab, place.find_place(lab, answer["place"]), answer["argv"])
    if answer["then"]:
        call(lab, "/docker", {"node": node, "argv": [*answer["then"], str(status)]})
    return status
