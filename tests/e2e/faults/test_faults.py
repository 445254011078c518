"""Every fault fails exactly the expectations it should, and each in a lab whose machines are new, and end with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cases import CASES, HOPS
from injection import Case, places, prove

from vethlab.running import RunningLab


@pytest.mark.topology("two-hosts.yml", fresh=True)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_fault_breaks_what_it_names_and_nothing_else(
    victim: RunningLab, case: Case, record_property: Callable[[str, object], None]
) -> None:
    verdict = prove(victim, case.fault(victim.world), case.breaks, record_property)
    known = set(HOPS.get(case.number, "").split())
    assert places(verdict) <= known
    assert places(verdict) or not known
