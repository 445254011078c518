"""`vethlab cni`: the CNI plugins of one node, asked by hand, in the manner of cnitool."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from .verb import Verbs, add_verb, lab_argument

__all__ = ["add"]

_EXAMPLES = """
vethlab cni demo node1 status                 are the plugins of the first network there, and ready?
vethlab cni demo node1 add web --json         a new pod: the plugins' result, as they printed it
vethlab cni demo node1 check web              is all as ADD left it?
vethlab cni demo node1 del web                off the network, and gone
vethlab cni demo node1 gc                     remove what is attached and belongs to no pod
vethlab cni demo node1 version --network pods
"""

_HELP = {
    "add": "put a pod on its network; a new name makes a new pod",
    "del": "take it off; a pod that add made ends",
    "check": "see whether all is as add left it",
    "gc": "remove what belongs to no pod",
    "status": "see whether the plugins are ready",
    "version": "see what the plugins speak",
}


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "cni", run, "ask the CNI plugins of a node", _EXAMPLES)
    lab_argument(verb)
    verb.add_argument("node", metavar="NODE", help="a host of the lab")
    words = "; ".join(f"{name}: {text}" for name, text in _HELP.items())
    verb.add_argument("command", metavar="|".join(_HELP), choices=tuple(_HELP), help=words)
    verb.add_argument("pod", metavar="POD", nargs="?", help="for add, del and check")
    verb.add_argument("--network", metavar="NAME", help="another than the first of /etc/cni/net.d")
    verb.add_argument("--image", default="echo", help="what a new pod runs (echo)")
    verb.add_argument("--valid", metavar="POD", nargs="*", help="for gc: the pods to keep, instead of all that live")


def run(arguments: argparse.Namespace) -> int:
    from ..capsule import find
    from ..client import call

    asked = {
        "node": arguments.node,
        "verb": arguments.command,
        "pod": arguments.pod,
        "network": arguments.network,
        "image": arguments.image,
        "valid": arguments.valid,
    }
    answer = call(find(arguments.lab), "/cni", asked)
    if arguments.json:
        print(json.dumps(answer))
    else:
        print("\n".join(_lines(arguments, answer)))
    return 0


def _lines(arguments: argparse.Namespace, answer: dict[str, Any]) -> Iterator[str]:
    place = f"{arguments.node}/{arguments.pod}" if arguments.pod else arguments.node
    match arguments.command:
        case "add":
            addresses = " ".join(ip["address"] for ip in answer.get("ips") or ())
            yield f"{place}: {addresses or 'no address'}"
        case "del":
            yield f"{place}: off the network"
        case "check":
            yield f"{place}: not asked: {answer['skipped']}" if answer["skipped"] else f"{place}: as it was left"
        case "gc":
            yield f"{place}: removed {', '.join(answer['removed']) or 'nothing'}"
        case "status":
            yield f"{place}: ready" + (f" ({answer['note']})" if answer["note"] else "")
        case _:
            yield f"{place}: network {answer['network']}, cniVersion {answer['cniVersion']}"
            yield from (f"  {name:<14}{' '.join(versions)}" for name, versions in answer["plugins"].items())
