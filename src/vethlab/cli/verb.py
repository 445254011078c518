"""How every verb declares itself: help with examples, and the arguments several of them share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = [
    "SIZE",
    "Verbs",
    "add_verb",
    "lab_argument",
    "lab_names",
    "making_arguments",
    "place_arguments",
    "topology_names",
]

#: How much a lab may write unless told otherwise; it is memory, taken only as it is used.
SIZE = "1g"
#: As docker.engine and docker.version in a topology; spelt out, as the model is slow to import (a test compares them).
ENGINES, VERSIONS = ("emulated", "dockerd", "auto"), ("20.10", "26", "27", "28")

Verbs = Any  # argparse's type for this is private


def add_verb(
    verbs: Verbs, name: str, run: Callable[[argparse.Namespace], int], summary: str, examples: str, *, json: bool = True
) -> argparse.ArgumentParser:
    """A sub-command whose help ends with its examples; with `--json` where it reports something."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog="examples:\n" + "".join(f"  {line}\n" for line in examples.strip().splitlines()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.set_defaults(run=run)
    if json:
        verb.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")
    return verb


def making_arguments(verb: argparse.ArgumentParser) -> None:
    """What `run` and `up` share beyond the topology."""
    verb.add_argument("--playbooks", type=Path, metavar="DIR", help="configure the machines with these playbooks")
    verb.add_argument("--engine", choices=ENGINES, help="which Docker the hosts have, whatever the file says")
    verb.add_argument("--engine-version", choices=VERSIONS, help="whose rules the emulated Docker writes (28)")
    verb.add_argument("--size", type=_size, default=SIZE, help="how much the lab may write, in bytes, k, m or g (1g)")


def _size(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*[kmg]?", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(f"a size was expected, as 500m or 2g, not {text!r}")
    return text


def lab_argument(verb: argparse.ArgumentParser) -> None:
    """N, a running lab, which a shell completes."""
    action = verb.add_argument("lab", metavar="N", help="the name of a running lab (vethlab ls)")
    action.completer = lab_names  # type: ignore[attr-defined]


def place_arguments(verb: argparse.ArgumentParser) -> None:
    """A running lab; or with `--inventory` real machines, and the topology they are."""
    told = "the name of a running lab (vethlab ls); with --inventory, the topology the machines are"
    action = verb.add_argument("lab", metavar="N", nargs="?", help=told)
    action.completer = lab_names  # type: ignore[attr-defined]
    told = "real machines, over SSH, by an Ansible inventory whose hosts are named as the topology's nodes"
    verb.add_argument("--inventory", type=Path, metavar="FILE", help=told)
    verb.set_defaults(run=_either(verb, verb.get_default("run")))


def _either(verb: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> Callable[..., int]:
    def checked(arguments: argparse.Namespace) -> int:
        if not (arguments.lab or arguments.inventory):
            verb.error("a running lab was expected (vethlab ls), or --inventory FILE")
        return run(arguments)

    return checked


def lab_names(**_: object) -> list[str]:
    """For shell completion."""
    from ..capsule import running

    return [lab.name for lab in running()]


def topology_names(**_: object) -> list[str]:
    """For shell completion: the shipped topologies. Files complete anyway."""
    from ..assets import asset

    return sorted(path.stem for path in asset("topologies").glob("*.yml"))
