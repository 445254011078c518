"""`vethlab lab`: break/fix labs. One file a verb."""

from __future__ import annotations

from ..verb import Verbs
from . import (
    brief,
    check,
    hint,
    join,
    list_,
    new,
    pause,
    rca,
    replay,
    report,
    reset,
    share,
    shell,
    solve,
    start,
    status,
    stop,
    submit,
    topo,
    verify,
)

__all__ = ["add"]

VERBS = (
    list_, new, start, brief, status, shell, share, join, topo, hint, check, rca, pause, reset, submit, solve, stop,
    report, replay, verify,
)  # fmt: skip

_EXAMPLES = """\
examples:
  vethlab lab list                     every lab, by track, and what you have done
  vethlab lab start quiet-port         break one, and read its brief
  vethlab lab verify quiet-port        prove that it is a good one
"""


def add(verbs: Verbs) -> None:
    import argparse

    group = verbs.add_parser(
        "lab",
        help="break/fix labs: start one, mend it, be graded",
        description="Break/fix labs: something is broken on purpose, and what you do about it is graded by behaviour.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    lab_verbs = group.add_subparsers(dest="lab_verb", metavar="VERB", required=True)
    for module in VERBS:
        module.add(lab_verbs)
