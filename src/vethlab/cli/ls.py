"""`vethlab ls`: the running labs."""

from __future__ import annotations

import argparse
import json

from .verb import Verbs, add_verb

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    add_verb(verbs, "ls", run, "list your running labs", "vethlab ls\nvethlab ls --json")


def run(arguments: argparse.Namespace) -> int:
    from .. import state
    from ..capsule import running

    labs = []
    for lab in running():
        found = state.read(lab.root) if lab.pid else None
        topology, stage = (found.topology, found.state) if found else (None, "starting")
        labs.append({"name": lab.name, "topology": topology, "state": stage, "pid": lab.pid})
    if arguments.json:
        print(json.dumps(labs))
    elif not labs:
        print("no lab is running; `vethlab up three-node` starts one")
    else:
        print(f"{'NAME':<24}{'TOPOLOGY':<24}{'STATE':<12}PID")
        for each in labs:
            print(f"{each['name']:<24}{each['topology'] or '':<24}{each['state']:<12}{each['pid'] or ''}")
    return 0
