"""Published ports of every kind on Docker's own engine, as its version has them."""

from __future__ import annotations

import pytest

from vethlab.running import RunningLab


@pytest.mark.topology("docker-published", engine="dockerd")
def test_all_that_is_expected_is_met(lab: RunningLab) -> None:
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0
    assert verdict.summary.met > 200
