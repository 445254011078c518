"""`vethlab lab new`: the scaffold of a lab of one's own."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from ...assets import asset
from ...errors import InputError
from ..verb import Verbs, add_verb

__all__ = ["add"]

#: Below the labs; it is a lab itself, but not one of those that are listed.
SCAFFOLD = "_scaffold"

_EXAMPLES = """
vethlab lab new my-lab
vethlab lab verify ./my-lab
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "new", run, "write the scaffold of a lab, which verifies as it is", _EXAMPLES)
    verb.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is not there yet")


def run(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    if folder.exists():
        raise InputError.of(f"{folder} is there already; choose another name")
    try:
        shutil.copytree(asset("labs") / SCAFFOLD, folder)
    except OSError as error:
        raise InputError.of(f"cannot write {folder}: {error.strerror}") from None
    written = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    print(json.dumps({"folder": str(folder), "files": written}) if arguments.json else "\n".join(written))
    return 0
