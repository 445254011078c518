"""What `run` and `check` print: the matrix for people, one document for programs, JUnit for a CI server."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .progress import Progress

if TYPE_CHECKING:
    from ..capsule import Registered
    from ..verdict import Verdict

__all__ = ["Checked", "check", "report"]


class Checked:
    """A checked lab: its topology's name, its world, the verdict, and the seconds of each phase."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        from ..addressing import lay_out
        from ..load import parse
        from ..row import Observation
        from ..verdict import judge

        topology = parse(str(answer["topology"]).encode(), "the lab's topology")
        observations = [Observation.from_json(o) for o in answer["observations"]]  # type: ignore[attr-defined]
        self.topology = topology.name
        self.world = lay_out(topology)
        self.verdict: Verdict = judge([o.row for o in observations], observations)
        #: Of real machines alone: who dropped off, and how many rows were not asked, by reason.
        self.hosts: dict[str, object] | None = answer.get("hosts")  # type: ignore[assignment]
        self.phases: dict[str, float] = dict(answer["phases"])  # type: ignore[call-overload]


def check(lab: Registered, progress: Progress) -> Checked:
    """Have a running lab checked. Raises LabError when it does not answer."""
    from ..client import call

    progress.begin("check")
    checked = Checked(call(lab, "/check", {}))
    progress.done("check", checked.phases["check"])
    return checked


def report(checked: Checked, arguments: argparse.Namespace) -> int:
    """Print the report and write the JUnit file, if one is asked for; returns the exit status."""
    from .. import report as reports

    if arguments.junit:
        _write(arguments.junit, reports.junit(checked.topology, checked.verdict))
    if arguments.json:
        document = reports.document(checked.topology, checked.phases, checked.verdict)
        print(json.dumps(document | ({"hosts": checked.hosts} if checked.hosts else {})))
    else:
        style = reports.Style.of(sys.stdout)
        print(reports.text(checked.world, checked.phases, checked.verdict, style))
    return 0 if checked.verdict.ok else 1


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text)
    except OSError as error:
        raise InputError.of(f"cannot write {file}: {error.strerror}") from None
