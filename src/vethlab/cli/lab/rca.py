"""`vethlab lab rca`: the root cause, in closed terms and one sentence of evidence."""

from __future__ import annotations

import argparse
import json

from ...causes import COMPONENTS, MECHANISMS
from ...errors import InputError
from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["add"]

_EXAMPLES = """
vethlab lab rca ledger-silent --component interface --mechanism down --place node1 \\
    --evidence "ip -br link on node1: one veth is DOWN, the others are UP"
vethlab lab rca ledger-silent --also --component mtu --mechanism too-small --place node2 \\
    --evidence "and ping -M do -s 1400 ends at node2's eth0"
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "rca", run, "say what was broken, before it is revealed", _EXAMPLES)
    attempt_argument(verb)
    for name, terms in (("component", COMPONENTS), ("mechanism", MECHANISMS)):
        told = "; ".join(f"{term}: {meaning}" for term, meaning in terms.items())
        verb.add_argument(f"--{name}", required=True, metavar=name[0].upper(), choices=list(terms), help=told)
    verb.add_argument("--also", action="store_true", help="beside what was told already: more than one thing is broken")
    verb.add_argument("--place", metavar="PLACE", help="where it is")
    verb.add_argument("--evidence", required=True, metavar="TEXT", help="one sentence: what you saw that shows it")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt
    from ...model import Cause

    if len(arguments.evidence.split()) < 3:
        raise InputError.of("--evidence wants a sentence: what did you see, and where?")
    cause = Cause(component=arguments.component, mechanism=arguments.mechanism, place=arguments.place)
    Attempt.find(arguments.name).tell_cause(cause, arguments.evidence, arguments.also)
    if arguments.json:
        print(json.dumps(cause.model_dump() | {"evidence": arguments.evidence}))
    else:
        print("written down; until you submit you may say it anew, or say with --also what is broken as well")
    return 0
