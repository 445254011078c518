"""A Docker network of driver ipvlan: its containers are on the wire, with their host's MAC, and not on their host."""

from __future__ import annotations

import json

import pytest

from vethlab.outcome import Reached, Timeout, Unreachable
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("ipvlan.yml")


def test_everything_expected_comes_to_pass(lab: RunningLab) -> None:
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0


def test_a_host_and_its_own_containers_do_not_hear_each_other(lab: RunningLab) -> None:
    """Each denial between two answers to the same source."""
    for source, target, other in (("c1", "node1", "node2"), ("node1", "c1", "c3")):
        assert lab.probe(source, other, tcp=7) == Reached(lab.address(source), other)
        assert isinstance(lab.probe(source, target, tcp=7).outcome, Timeout | Unreachable)
        assert lab.probe(source, other, tcp=7) == Reached(lab.address(source), other)


def test_they_have_the_mac_of_their_host(lab: RunningLab) -> None:
    own = mac(lab, "node1")
    assert [mac(lab, name) for name in ("c1", "c2")] == [own, own]


def mac(lab: RunningLab, name: str) -> str:
    (link,) = json.loads(lab.run(name, "ip", "-json", "link", "show", "dev", "eth0").stdout)
    return str(link["address"])
