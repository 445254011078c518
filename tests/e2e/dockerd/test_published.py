"""Published ports of every kind, and two tiers, on Docker's own engine, as its version has them."""

from __future__ import annotations

import pytest

from vethlab.running import RunningLab


@pytest.mark.topology("docker-published", engine="dockerd")
def test_all_that_is_expected_of_published_ports_is_met(lab: RunningLab) -> None:
    refuse_unmet(lab)


@pytest.mark.topology("docker-two-tier", engine="dockerd")
def test_all_that_is_expected_of_two_tiers_is_met(lab: RunningLab) -> None:
    """Its database is a program of a Debian package that may be unpacked and not installed."""
    refuse_unmet(lab)


def refuse_unmet(lab: RunningLab) -> None:
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0
    assert verdict.summary.met > 150
