"""Every shipped topology comes up, and every expectation of it is measured and met."""

from __future__ import annotations

from pathlib import Path

import pytest

from vethlab.model import Topology
from vethlab.running import RunningLab

LEAST = {
    "single-host-docker": 60,
    "two-node-pods": 30,
    "three-node": 200,
    "three-node-dual-stack": 400,
    "two-rack": 200,
    "scale-100": 10_000,
}
#: Neighbour entries of all network namespaces count against one limit of the machine (arp(7), gc_thresh3), and within
#: five seconds none is given up. scale-100 has some 1,300, where 1,024 is what kernels come with.
_LIMIT = Path("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
_NEEDED = {"scale-100": 2048}


def every_topology() -> list[object]:
    return [pytest.param(least, id=name, marks=pytest.mark.topology(name, fresh=True)) for name, least in LEAST.items()]


@pytest.mark.parametrize("least", every_topology())
def test_everything_is_measured_and_met(request: pytest.FixtureRequest, topology: Topology, least: int) -> None:
    if int(_LIMIT.read_text()) < _NEEDED.get(topology.name, 0):
        pytest.skip(
            f"{topology.name} needs sysctl net.ipv4.neigh.default.gc_thresh3={_NEEDED[topology.name]} of the host"
        )
    lab: RunningLab = request.getfixturevalue("lab")
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0
    assert verdict.summary.total >= least
