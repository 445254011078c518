"""`vethlab converge`: run the playbooks again."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from .verb import Verbs, add_verb, place_arguments

__all__ = ["add"]

_EXAMPLES = """
vethlab converge demo
vethlab converge demo --check --diff     what would change, without changing it
vethlab converge demo --without node3    node3 leaves the cluster; a plain converge lets it join again
vethlab converge --inventory hosts.ini three-node
                                         the same playbooks on real machines, over SSH
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "converge", run, "run the playbooks again, on a running lab or on real machines", _EXAMPLES)
    place_arguments(verb)
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
    answer = _over_ssh(arguments) if arguments.inventory else _in_lab(arguments)
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


def _in_lab(arguments: argparse.Namespace) -> dict[str, Any]:
    from ..capsule import find
    from ..client import call

    asked = {"check": arguments.check, "diff": arguments.diff, "without": arguments.without}
    return call(find(arguments.lab), "/converge", asked)


def _over_ssh(arguments: argparse.Namespace) -> dict[str, Any]:
    from ..converge import converge
    from .real import real_machines

    _, world, inventory = real_machines(arguments)
    with tempfile.TemporaryDirectory(prefix="vethlab-") as work:
        return converge(
            world.without(arguments.without),
            None,
            work=Path(work),
            check=arguments.check,
            diff=arguments.diff,
            limit=tuple(inventory.hosts),
            inventories=(inventory.file.resolve(),),
        ).to_json()
