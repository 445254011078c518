# PYTHON_ARGCOMPLETE_OK
"""`vethlab`: one verb a module, each with `add` (its arguments) and `run` (what it does, returning the exit status).

Exit status: 0 all well; 1 an expectation failed, or a lab did; 2 bad input or usage; 3 this machine cannot.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__, errors
from ..errors import InputError, VethlabError
from . import (
    check,
    cni,
    converge,
    docker,
    doctor,
    down,
    exec_,
    inspect,
    lab,
    ls,
    probe,
    run,
    shell,
    test,
    topo,
    up,
    validate,
)

__all__ = ["main", "parser"]

VERBS = (
    *(run, up, ls, inspect, topo, converge, check, probe, exec_, shell, docker, cni, down),
    *(validate, lab, doctor, test),
)

_EXAMPLES = """\
examples:
  vethlab run                              stand up three-node, check everything, take it down
  vethlab run topologies/two-rack.yml      the same for a topology of your own
  vethlab up three-node --name demo        a lab that stays
  vethlab shell demo node1                 a terminal in a node of it
  vethlab exec demo pod1 -- ip route       one command in a pod
  vethlab docker demo node1 -- ps          the docker command on a node
  vethlab check demo                       ask the kernel every expectation again
  vethlab down demo                        gone, without a trace
"""


class _Grammar(argparse.ArgumentParser):
    """Wrong usage is an error like any other, so that `--json` shows it too."""

    def error(self, message: str) -> NoReturn:
        raise InputError.of(f"{message}\n  {self.format_usage().strip()}")


def parser() -> argparse.ArgumentParser:
    """The whole grammar of the command line."""
    top = _Grammar(
        prog="vethlab",
        description="Emulated multi-node hosts on one Linux machine, and proof that container networking behaves.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"vethlab {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for module in VERBS:
        module.add(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    _open_standard_streams()
    grammar = parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(grammar)
    words = sys.argv[1:] if argv is None else argv
    json_wanted = "--json" in words
    try:
        arguments, unknown = grammar.parse_known_args(words)
        arguments.words = list(words)
        if unknown and not getattr(arguments, "verbatim", False):
            grammar.error(f"unrecognized arguments: {' '.join(unknown)}")
        json_wanted = getattr(arguments, "json", False)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except VethlabError as error:
        return _complain(error, json_wanted)
    except KeyboardInterrupt:
        print("\nvethlab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141


def _complain(error: VethlabError, json_wanted: bool) -> int:
    if json_wanted:
        print(json.dumps(errors.to_json(error)), flush=True)
    print(f"vethlab: {error}", file=sys.stderr)
    return error.exit_status


def _open_standard_streams() -> None:
    """Where one was closed (`>&-`), its number would go to the next file opened, and output into that."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, mode))
