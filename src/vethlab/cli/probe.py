"""`vethlab probe`: one question to a running lab."""

from __future__ import annotations

import argparse
import json

from .verb import Verbs, add_verb, lab_argument

__all__ = ["add"]

_EXAMPLES = """
vethlab probe demo pod1 pod3 --tcp 7
vethlab probe demo client 192.168.1.101 --http http://192.168.1.101:8080/
vethlab probe demo pod1 resolver --dns www.example.com
vethlab probe demo pod1 pod3 --mtu
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "probe", run, "ask one question of a running lab", _EXAMPLES)
    lab_argument(verb)
    verb.add_argument("source", metavar="SRC", help="a node or a sandbox")
    verb.add_argument("target", metavar="DST", help="a node, a sandbox, an address, or `resolver` (for --dns)")
    question = verb.add_mutually_exclusive_group(required=True)
    question.add_argument("--tcp", type=int, metavar="P")
    question.add_argument("--udp", type=int, metavar="P")
    question.add_argument("--icmp", action="store_true")
    question.add_argument("--http", metavar="URL", help="a URL, or a port of the target")
    question.add_argument("--dns", metavar="NAME")
    question.add_argument("--mtu", action="store_true")


def run(arguments: argparse.Namespace) -> int:
    from .. import outcome, state
    from ..capsule import find
    from ..client import call
    from .question import question

    lab = find(arguments.lab)
    asked = question(arguments, state.read(lab.root))
    answer = call(lab, "/probe", {"source": arguments.source, "target": arguments.target, "question": asked})
    if arguments.json:
        print(json.dumps({"source": arguments.source, "target": arguments.target, "question": asked, **answer}))
    else:
        print(f"{outcome.from_json(answer['observed'])}  ({answer['seconds'] * 1000:.1f} ms)")
    return 0
