"""What a probe came to, compared with what was expected."""

from __future__ import annotations

import pytest

from vethlab.capsule import Registered
from vethlab.load import load
from vethlab.outcome import OUTCOMES, Http, NotMeasured, Outcome, Reached, Timeout
from vethlab.row import Probe
from vethlab.running import RunningLab, Seen


def seen(outcome: Outcome) -> Seen:
    lab = RunningLab(Registered("nowhere", 0), load("two-node-pods"))
    return Seen(lab, "pod1", "pod2", Probe("tcp", "10.244.2.2", 7), outcome, 0.1)


@pytest.mark.parametrize("expected", [kind() for kind in OUTCOMES], ids=str)
def test_not_measured_satisfies_no_assertion(expected: Outcome) -> None:
    found = seen(NotMeasured("the source was cut off"))
    assert not found == expected  # noqa: SIM201  `!=` is not its contrary: that is what is tested
    assert not found != expected  # noqa: SIM202


@pytest.mark.parametrize(
    ("expected", "equal"),
    [(Reached(), True), (Reached("10.244.1.2"), True), (Reached("10.0.0.1"), False), (Timeout(), False)],
)
def test_what_was_measured_is_equal_or_not(expected: Outcome, equal: bool) -> None:
    found = seen(Reached("10.244.1.2", "pod2"))
    assert (found == expected, found != expected) == (equal, not equal)
    assert found != "reached"


def test_one_of_several_outcomes_will_do() -> None:
    assert seen(Timeout()) in (Reached(), Timeout())
    assert seen(NotMeasured()) not in (Reached(), Timeout())


def test_what_was_not_to_come_is_told_with_what_came() -> None:
    told = seen(NotMeasured("no probe ran")).explain_unlike(Http(200))
    assert told[1:] == ["  expected  anything measured but http 200", "  observed  not_measured (no probe ran)"]
