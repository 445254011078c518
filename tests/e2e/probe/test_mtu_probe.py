"""Path MTU to the byte, with and without a hint from ICMP, and however wrong the expectation was."""

from __future__ import annotations

import pytest

from namespaces import Lab
from vethlab.outcome import PathMtu, Reached, Timeout
from vethlab.probe import observe
from vethlab.row import Probe, Row

TARGETS = [pytest.param("10.1.0.2", id="v4"), pytest.param("fd01::2", id="v6")]


def world(lab: Lab, mtu: int = 1400) -> None:
    """a -1500- r -mtu- b: the narrow link is one a cannot see."""
    lab.node("a", "r", "b")
    lab.cable("a", "eth0", "r", "eth0", "10.0.0.1/24", "10.0.0.254/24", "fd00::1/64", "fd00::fe/64")
    lab.cable("r", "eth1", "b", "eth0", "10.1.0.254/24", "10.1.0.2/24", "fd01::fe/64", "fd01::2/64", mtu=mtu)
    lab.route("a", "default via 10.0.0.254", "default via fd00::fe")
    lab.route("b", "default via 10.1.0.254", "default via fd01::fe")
    lab.forward("r")
    lab.settle(*(Row("a", "b", Probe("icmp", x), Reached()) for x in ("10.1.0.2", "fd01::2")))


def black_hole(lab: Lab) -> None:
    """The router drops what is too large, and says nothing."""
    lab.nft("r", "output", "icmp type destination-unreachable drop")
    lab.nft("r", "output", "icmpv6 type packet-too-big drop", priority=1)


def measured(lab: Lab, target: str, expected: int | None, timeout: float = 0.3) -> object:
    return observe([Row("a", "b", Probe("mtu", target), PathMtu(expected))], lab.pids, timeout=timeout)[0].observed


@pytest.mark.parametrize("target", TARGETS)
def test_whatever_was_expected(lab: Lab, target: str) -> None:
    world(lab)
    for expected in (None, 1400, 1399, 1401, 1500, 1280, 9000):
        assert measured(lab, target, expected) == PathMtu(1400)


@pytest.mark.parametrize("target", TARGETS)
def test_black_hole(lab: Lab, target: str) -> None:
    world(lab)
    black_hole(lab)
    for expected in (1400, 1450):
        assert measured(lab, target, expected) == PathMtu(1400)


@pytest.mark.parametrize(("mtu", "target"), [(1500, "10.1.0.2"), (1500, "fd01::2"), (600, "10.1.0.2")])
def test_other_sizes(lab: Lab, mtu: int, target: str) -> None:
    world(lab, 1500)
    if mtu < 1280:
        lab.ip("r", f"link set eth1 mtu {mtu}")
    assert measured(lab, target, None) == PathMtu(mtu)


def test_jumbo_frames_on_one_link(lab: Lab) -> None:
    lab.node("a", "b")
    lab.cable("a", "eth0", "b", "eth0", "10.1.0.1/24", "10.1.0.2/24", "fd01::1/64", "fd01::2/64", mtu=9000)
    for target in ("10.1.0.2", "fd01::2"):
        lab.settle(Row("a", "b", Probe("icmp", target), Reached()))
        assert measured(lab, target, 1500) == PathMtu(9000)


def test_nothing_passes(lab: Lab) -> None:
    world(lab)
    lab.nft("b", "input", "meta l4proto { icmp, ipv6-icmp } drop")
    assert measured(lab, "10.1.0.2", 1400) == Timeout()


def test_one_lost_packet_does_not_lie(lab: Lab) -> None:
    world(lab)
    lab.nft("b", "input", "icmp type echo-request limit rate 1/hour burst 1 packets drop")
    assert measured(lab, "10.1.0.2", 1400) == PathMtu(1400)
