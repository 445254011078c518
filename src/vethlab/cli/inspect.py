"""`vethlab inspect`: a lab's nodes, addresses and sandboxes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
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
        print(json.dumps(document(found, lab.pid, lab.root)))
    else:
        print("\n".join(lines(found, lab.root)))
    return 0


def document(found: Any, pid: int | None, root: Path) -> dict[str, Any]:
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
                "cni": plugged(root, node),
                "blocks": blocks(found, root, node),
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


def lines(found: Any, root: Path) -> Iterator[str]:
    """A block for each node: interfaces, what is plugged in, address blocks, sandboxes. `root` is the capsule's."""
    yield f"{found.name}: {found.title or found.topology} ({found.state})"
    if found.message:
        yield f"  {found.message}"
    for node in (p for p in found.places.values() if p.node == p.name):
        yield f"\n{node.name}  {node.kind}"
        for name, addresses in node.interfaces.items():
            yield f"  {name:<12}{' '.join(addresses)}"
        yield from (f"  {line}" for line in _addresses(plugged(root, node)))
        yield from (f"  {_block(each)}" for each in blocks(found, root, node) or ())
        for place in (p for p in found.places.values() if p.node == node.name and p is not node):
            publish = f"  publishes {' '.join(place.publish)}" if place.publish else ""
            yield f"  ├ {place.name:<14}{place.kind:<11}{' '.join(place.addresses)} on {place.networks[0]}{publish}"


def plugged(root: Path, node: Any) -> dict[str, Any] | None:
    """What CNI plugins did on a node of the capsule whose file system is `root`; None where there are none.

    `{"attachments": [{"pod", "network", "interface", "addresses"}], "pools": [Pool.to_json()], "error": text or null}`
    """
    from ..cni import Store
    from ..errors import CniError

    store = Store(node.name, root / "proc" / str(node.pid) / "root")
    try:
        attached = store.attachments()
        pools = store.pools()
    except CniError as error:
        return {"attachments": [], "pools": [], "error": str(error)}
    if not attached and not pools:
        return None
    attachments = [
        {
            "pod": e.attachment.container_id,
            "network": e.network.name,
            "interface": e.attachment.ifname,
            "addresses": [ip["address"] for ip in e.result.get("ips") or ()],
        }
        for e in attached
    ]
    return {"attachments": attachments, "pools": [p.to_json() for p in pools], "error": None}


def blocks(found: Any, root: Path, node: Any) -> list[dict[str, Any]] | None:
    """What has become of the blocks of addresses that a node has claimed for its pods; None where there are no blocks.

    A pod whose first process has ended, and that nobody took away, has its addresses still.
    """
    from ..ipam import Holder, usage

    if not node.blocks:
        return None
    pods = [p for p in found.places.values() if p.kind == "pod"]
    holders = [Holder(p.name, p.node, p.addresses, (root / f"proc/{p.pid}/ns/net").exists()) for p in pods]
    return [usage(block, node.name, kept, holders) for block, kept in node.blocks.items()]


def _block(found: dict[str, Any]) -> str:
    lent = ", ".join(f"{address} to {node}" for address, node in found["lent"].items())
    told = f"block {found['subnet']}: {found['free']} of {found['size']} addresses free"
    leaked = f", leaked: {' '.join(found['leaked'])}" if found["leaked"] else ""
    return f"{told}{', lent: ' + lent if lent else ''}{leaked}"


def _addresses(found: dict[str, Any] | None) -> Iterator[str]:
    if found and found["error"]:
        yield found["error"]
    for pool in found["pools"] if found else ():
        leaked = f", leaked: {' '.join(pool['leaked'])}" if pool["leaked"] else ""
        yield f"network {pool['network']}: {pool['subnet']}, {pool['free']} of {pool['size']} addresses free{leaked}"
