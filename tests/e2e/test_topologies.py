"""Every shipped topology comes up, and every expectation of it is measured and met."""

from __future__ import annotations

import pytest

from vethlab.running import RunningLab

LEAST = {
    "single-host-docker": 60,
    "docker-published": 200,
    "docker-two-tier": 150,
    "swarm-overlay": 150,
    "two-node-pods": 30,
    "three-node": 200,
    "three-node-dual-stack": 400,
    "two-rack": 200,
    "cni-plugins": 200,
    "scale-100": 10_000,
    "podnet-flannel-host-gw-racks": 100,
}


def every_topology() -> list[object]:
    return [pytest.param(least, id=name, marks=pytest.mark.topology(name, fresh=True)) for name, least in LEAST.items()]


@pytest.mark.parametrize("least", every_topology())
def test_everything_is_measured_and_met(lab: RunningLab, least: int) -> None:
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0
    assert verdict.summary.total >= least
