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

from .. import __version__, errors
from ..errors import VethlabError
from . import check, converge, doctor, down, exec_, inspect, ls, probe, run, shell, test, topo, up, validate

__all__ = ["main", "parser"]

VERBS = (run, up, ls, inspect, topo, converge, check, probe, exec_, shell, down, validate, doctor, test)

_EXAMPLES = """\
examples:
  vethlab run                              stand up three-node, check everything, take it down
  vethlab run topologies/two-rack.yml      the same for a topology of your own
  vethlab up three-node --name demo        a lab that stays
  vethlab shell demo node1                 a terminal in a node of it
  vethlab exec demo pod1 -- ip route       one command in a pod
  vethlab check demo                       ask the kernel every expectation again
  vethlab down demo                        gone, without a trace
"""


def parser() -> argparse.ArgumentParser:
    """The whole grammar of the command line."""
    top = argparse.ArgumentParser(
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
    grammar = parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(grammar)
    arguments = grammar.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        return status
    except VethlabError as error:
        if getattr(arguments, "json", False):
            print(json.dumps(errors.to_json(error)))
        print(f"vethlab: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("\nvethlab: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
