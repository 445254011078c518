"""`vethlab converge`: run the playbooks again."""

from __future__ import annotations

import argparse
import json

from .verb import Verbs, add_verb, lab_argument

__all__ = ["add"]

_EXAMPLES = """
vethlab converge demo
vethlab converge demo --check --diff     what would change, without changing it
vethlab converge demo --without node3    node3 leaves the cluster; a plain converge lets it join again
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "converge", run, "run the playbooks on a running lab again", _EXAMPLES)
    lab_argument(verb)
    verb.add_argument("--check", action="store_true", help="only tell what would change")
    verb.add_argument("--diff", action="store_true", help="show the differences")
    verb.add_argument(
        "--without",
        metavar="NODE",
        action="append",
        default=[],
        help="as if it had left: the others forget it, and it is left alone",
    )


def run(arguments: argparse.Namespace) -> int:
    from ..capsule import find
    from ..client import call

    asked = {"check": arguments.check, "diff": arguments.diff, "without": arguments.without}
    answer = call(find(arguments.lab), "/converge", asked)
    if arguments.json:
        print(json.dumps(answer))
        return 0
    word = "would change" if arguments.check else "changed"
    for node, found in answer["nodes"].items():
        for change in found["changes"]:
            print(f"{node}: {word}: {change['role']}: {change['task']}")
            print("".join(f"    {line}\n" for line in change["diff"].splitlines()), end="")
    print(f"{answer['changed']} {word} ({answer['seconds']:.2f} s)")
    return 0
