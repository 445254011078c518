"""`vethlab test`: vethlab's own test suite, through tox."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..errors import MachineError
from .verb import Verbs, add_verb

__all__ = ["add"]

_EXAMPLES = """
vethlab test
vethlab test -e bench
vethlab test -- tests/e2e -k nat
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "test", run, "run vethlab's own test suite, through tox", _EXAMPLES, json=False)
    verb.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS", help="for tox")
    verb.set_defaults(verbatim=True)  # argparse takes `-e` for one of ours, wherever it stands


def run(arguments: argparse.Namespace) -> int:
    checkout = Path(__file__).parents[3]
    if not (checkout / "tox.ini").exists():
        raise MachineError("the tests are not part of an installed vethlab", "run ./vethlab test in a checkout")
    os.chdir(checkout)
    # Tests become other users, who must be able to read the environment; tox would make it for its own user alone.
    os.umask(0o022)
    (checkout / ".tox").mkdir(exist_ok=True)
    (checkout / ".tox").chmod(0o755)
    words = arguments.words[arguments.words.index("test") + 1 :]
    argv = [sys.executable, "-m", "tox", "run", *words]
    os.execv(sys.executable, argv)
