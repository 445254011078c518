"""`vethlab doctor`: what this machine can do, and what will be skipped, and why."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

from ..errors import MachineError
from .verb import Verbs, add_verb

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    summary = "try what this machine can do, and say what to do about the rest"
    add_verb(verbs, "doctor", run, summary, "vethlab doctor\nvethlab doctor --json")


def run(arguments: argparse.Namespace) -> int:
    try:
        document: dict[str, Any] = {"capsule": True, "remedy": "", "features": _tried()}
    except MachineError as error:
        document = {"capsule": False, "remedy": str(error), "features": []}
    document = {"kernel": _kernel()} | document
    lacking = [f for f in document["features"] if f["required"] and not f["works"]]
    if arguments.json:
        print(json.dumps(document))
    else:
        _show(document)
    return 3 if lacking or not document["capsule"] else 0


def _kernel() -> str:
    """Release and build of the running kernel (uname(2)); Debian's package version is in the build."""
    found = os.uname()
    return f"{found.release} ({found.version})"


def _tried() -> list[dict[str, Any]]:
    from ..capsule import Send, start
    from ..feature import try_all

    def daemon(send: Send) -> int:
        rows = [
            {
                "name": t.feature.name,
                "works": t.works,
                "required": t.feature.required,
                "needed_by": t.feature.needed_by,
                "remedy": t.remedy,
                "said": t.said,
            }
            for t in try_all()
        ]
        send({"features": rows})
        return 0

    capsule = start(f"doctor-{os.getpid()}", daemon, owned=True)
    try:
        rows: list[dict[str, Any]] = capsule.message()["features"]
        return rows
    finally:
        capsule.end()


def _show(document: dict[str, Any]) -> None:
    print(f"  kernel {document['kernel']}")
    if not document["capsule"]:
        print(f"✗ capsule: {document['remedy']}")
        return
    print("✓ capsule (namespaces of its own, without a trace on this machine)")
    for each in document["features"]:
        mark = "✓" if each["works"] else "✗" if each["required"] else "-"
        print(f"{mark} {each['name']:<22}{each['needed_by']}")
        if not each["works"]:
            print(f"{'':<24}missing: {each['said']}\n{'':<24}{each['remedy']}")
