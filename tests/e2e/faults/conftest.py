"""The kill count: how many faults were injected, caught, and are gone with their lab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vethlab.running import RunningLab

#: So that what differs from the rows named is told.
pytest.register_assert_rewrite("injection")

_FAULT = "fault"


@pytest.fixture
def ledger(record_property: Callable[[str, object], None]) -> Iterator[list[Path]]:
    """Processes put here must be gone when the test is over: this fixture is asked for before `lab`, and ends after."""
    processes: list[Path] = []
    yield processes
    # A zombie has no namespaces any more, and with them everything of a machine is gone.
    left = [str(process) for process in processes if (process / "ns/net").exists()]
    assert not left, f"still there: {left}"
    if processes:
        record_property(_FAULT, "undone")


@pytest.fixture
def victim(ledger: list[Path], lab: RunningLab) -> RunningLab:
    """A lab to be broken."""
    ledger += [lab.registered.root / "proc" / str(place.pid) for place in lab.state.places.values()]
    return lab


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Reports are what crosses from xdist's workers; each bears what was recorded until then."""
    reports = [r for reports in terminalreporter.stats.values() for r in reports if hasattr(r, "user_properties")]
    last: dict[str, list[tuple[str, object]]] = {}
    for report in reports:
        last[report.nodeid] = max(last.get(report.nodeid, []), report.user_properties, key=len)
    count = Counter(what for properties in last.values() for name, what in properties if name == _FAULT)
    if count:
        told = ", ".join(f"{count[what]} {what}" for what in ("injected", "caught", "undone"))
        terminalreporter.write_line(f"faults: {told}")
