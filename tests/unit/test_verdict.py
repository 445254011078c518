"""The verdict: success needs rows, all of them measured, all of them met."""

from __future__ import annotations

from vethlab.outcome import NotMeasured, Reached, Refused, Timeout
from vethlab.row import Observation, Probe, Row
from vethlab.verdict import Summary, Verdict, judge

YES = Row("a", "b", Probe("icmp", "192.0.2.1"), Reached())
NO = Row("b", "a", Probe("tcp", "192.0.2.2", 7), Timeout())


def test_all_met() -> None:
    verdict = judge([YES, NO], [Observation(NO, Timeout()), Observation(YES, Reached("192.0.2.9", "b"))])
    assert verdict.ok
    assert verdict.summary == Summary(2, 0, 0)
    assert [o.row for o in verdict.observations] == [YES, NO]


def test_one_failed() -> None:
    verdict = judge([YES, NO], [Observation(YES, Refused()), Observation(NO, Timeout())])
    assert not verdict.ok
    assert verdict.summary.to_json() == {"met": 1, "failed": 1, "not_measured": 0, "total": 2}
    assert [o.row for o in verdict.failures] == [YES]


def test_a_row_nobody_observed_is_not_measured_and_no_denial_is_met_by_it() -> None:
    verdict = judge([NO], [])
    assert not verdict.ok
    assert verdict.summary == Summary(0, 0, 1)
    assert verdict.observations[0].observed == NotMeasured("no probe was made")


def test_a_prober_that_crashed_meets_nothing() -> None:
    verdict = judge([NO], [Observation(NO, NotMeasured("the prober was killed"))])
    assert not verdict.ok
    assert str(verdict.summary) == "0 of 1 met, 1 not measured"


def test_no_rows_are_no_success() -> None:
    assert not judge([], []).ok
    assert not Verdict(()).ok


def test_what_nobody_asked_is_not_counted() -> None:
    assert judge([YES], [Observation(YES, Reached()), Observation(NO, Refused())]).summary == Summary(1, 0, 0)


def test_the_last_observation_counts() -> None:
    assert judge([YES], [Observation(YES, Timeout()), Observation(YES, Reached())]).ok
    assert not judge([YES], [Observation(YES, Reached()), Observation(YES, Timeout())]).ok
