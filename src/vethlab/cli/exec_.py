"""`vethlab exec`: one command in a node or a sandbox."""

from __future__ import annotations

import argparse

from .verb import Verbs, add_verb, lab_argument

__all__ = ["add"]

_EXAMPLES = """
vethlab exec demo node1 -- ip -br address
vethlab exec demo node1/pod1 -- ping -c 1 10.244.2.2
vethlab exec demo web/sidecar -- ps aux
vethlab exec demo node1 -- iptables -t nat -S
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "exec", run, "run a command in a node or a sandbox", _EXAMPLES, json=False)
    lab_argument(verb)
    verb.add_argument("place", metavar="NODE[/SANDBOX]", help="also POD/CONTAINER, of a pod with several")
    verb.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD", help="the command and its arguments")


def run(arguments: argparse.Namespace) -> int:
    from .. import place
    from ..capsule import find
    from ..errors import InputError

    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise InputError.of("no command: vethlab exec N NODE[/SANDBOX] -- CMD")
    lab = find(arguments.lab)
    return place.run(lab, place.find_place(lab, arguments.place), command)
