"""Injecting a fault and seeing what `check` makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rows import Rows

from vethlab.faults import Fault
from vethlab.running import RunningLab
from vethlab.verdict import Verdict
from vethlab.world import World


@dataclass(frozen=True)
class Case:
    """A row of the fault catalogue (`number`), and the rows of the matrix that it breaks."""

    number: str
    fault: Callable[[World], Fault]
    breaks: Rows

    def __str__(self) -> str:
        return self.number


def inject(lab: RunningLab, fault: Fault) -> None:
    """Raises LabError when a command fails: a fault that is not there proves nothing."""
    for command in fault.commands:
        lab.run(command.place, *command.argv)


def prove(lab: RunningLab, fault: Fault, breaks: Rows, record: Callable[[str, object], None]) -> Verdict:
    """It fails exactly the rows it should; `record` is told, for the kill count. Returns what `check` found."""
    inject(lab, fault)
    record("fault", "injected")
    verdict = lab.check()
    assert differences(verdict, breaks) == []
    record("fault", "caught")
    return verdict


def differences(verdict: Verdict, breaks: Rows) -> list[str]:
    """What failed and was not named, and what was named and did not fail; empty when the fault is exactly caught."""
    found = []
    for o in verdict.observations:
        if o.met == breaks(o.row):
            told = "was to fail, and is met" if o.met else "was not to fail"
            found.append(f"{told}: {o.row.source} → {o.row.target} {o.row.probe}: {o.row.expected}, seen {o.observed}")
    return found


def places(verdict: Verdict) -> set[str]:
    """Where packets were lost, as far as it was found out."""
    return {o.hop.replace(" (answer)", "<") for o in verdict.failures if o.hop}
