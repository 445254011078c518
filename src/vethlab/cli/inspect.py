"""`vethlab inspect`: a lab's nodes, addresses and sandboxes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from .verb import Verbs, add_verb, lab_argument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "inspect", run, "show a lab's nodes, addresses and sandboxes", "vethlab inspect demo --json")
    lab_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from .. import state
    from ..capsule import find
    from ..errors import LabError

    lab = find(arguments.lab)
    found = state.read(lab.root) if lab.pid else None
    if found is None:
        raise LabError(f"lab {lab.name!r} is only just starting; try again in a moment")
    if arguments.json:
        print(json.dumps(document(found, lab.pid)))
    else:
        print("\n".join(lines(found)))
    return 0


def document(found: Any, pid: int | None) -> dict[str, Any]:
    """`{"name", "topology", "state", "pid", "nodes": [{…, "sandboxes": […]}]}`."""
    nodes = []
    for node in (p for p in found.places.values() if p.node == p.name):
        sandboxes = [
            {
                "name": p.name,
                "node": p.node,
                "kind": p.kind,
                "addresses": p.addresses,
                "networks": p.networks,
                "image": p.image,
                "publish": p.publish,
            }
            for p in found.places.values()
            if p.node == node.name and p is not node
        ]
        nodes.append(
            {
                "name": node.name,
                "role": node.kind,
                "addresses": node.addresses,
                "networks": node.networks,
                "interfaces": node.interfaces,
                "sandboxes": sandboxes,
            }
        )
    return {
        "name": found.name,
        "topology": found.topology,
        "title": found.title,
        "state": found.state,
        "pid": pid,
        "phases": found.phases,
        "message": found.message,
        "engine": found.engine,
        "nodes": nodes,
    }


def lines(found: Any) -> Iterator[str]:
    yield f"{found.name}: {found.title or found.topology} ({found.state})"
    if found.message:
        yield f"  {found.message}"
    for node in (p for p in found.places.values() if p.node == p.name):
        yield f"\n{node.name}  {node.kind}"
        for name, addresses in node.interfaces.items():
            yield f"  {name:<12}{' '.join(addresses)}"
        for place in (p for p in found.places.values() if p.node == node.name and p is not node):
            publish = f"  publishes {' '.join(place.publish)}" if place.publish else ""
            yield f"  ├ {place.name:<14}{place.kind:<11}{' '.join(place.addresses)} on {place.networks[0]}{publish}"
