"""Path MTU to the byte, with and without a hint from ICMP, and however wrong the expectation was."""

from __future__ import annotations

import pytest

from namespaces import Namespaces
from vethlab.outcome import NotMeasured, PathMtu, Reached, Timeout
from vethlab.probe import observe
from vethlab.row import Probe, Row

TARGETS = [pytest.param("10.1.0.2", id="v4"), pytest.param("fd01::2", id="v6")]


def world(netns: Namespaces, mtu: int = 1400) -> None:
    """a -1500- r -mtu- b: the narrow link is one a cannot see."""
    netns.node("a", "r", "b")
    netns.cable("a", "eth0", "r", "eth0", "10.0.0.1/24", "10.0.0.254/24", "fd00::1/64", "fd00::fe/64")
    netns.cable("r", "eth1", "b", "eth0", "10.1.0.254/24", "10.1.0.2/24", "fd01::fe/64", "fd01::2/64", mtu=mtu)
    netns.route("a", "default via 10.0.0.254", "default via fd00::fe")
    netns.route("b", "default via 10.1.0.254", "default via fd01::fe")
    netns.forward("r")
    netns.settle(*(Row("a", "b", Probe("icmp", x), Reached()) for x in ("10.1.0.2", "fd01::2")))


def black_hole(netns: Namespaces) -> None:
    """The router drops what is too large, and says nothing."""
    netns.nft("r", "output", "icmp type destination-unreachable drop")
    netns.nft("r", "output", "icmpv6 type packet-too-big drop", priority=1)


def measured(netns: Namespaces, target: str, expected: int | None, timeout: float = 0.3) -> object:
    return observe([Row("a", "b", Probe("mtu", target), PathMtu(expected))], netns.pids, timeout=timeout)[0].observed


@pytest.mark.parametrize("target", TARGETS)
def test_whatever_was_expected(netns: Namespaces, target: str) -> None:
    world(netns)
    for expected in (None, 1400, 1399, 1401, 1500, 1280, 9000):
        assert measured(netns, target, expected) == PathMtu(1400)


@pytest.mark.parametrize("target", TARGETS)
def test_black_hole(netns: Namespaces, target: str) -> None:
    world(netns)
    black_hole(netns)
    for expected in (1400, 1450):
        assert measured(netns, target, expected) == PathMtu(1400)


@pytest.mark.parametrize(("mtu", "target"), [(1500, "10.1.0.2"), (1500, "fd01::2"), (600, "10.1.0.2")])
def test_other_sizes(netns: Namespaces, mtu: int, target: str) -> None:
    world(netns, 1500)
    if mtu < 1280:
        netns.ip("r", f"link set eth1 mtu {mtu}")
    assert measured(netns, target, None) == PathMtu(mtu)


def test_jumbo_frames_on_one_link(netns: Namespaces) -> None:
    netns.node("a", "b")
    netns.cable("a", "eth0", "b", "eth0", "10.1.0.1/24", "10.1.0.2/24", "fd01::1/64", "fd01::2/64", mtu=9000)
    for target in ("10.1.0.2", "fd01::2"):
        netns.settle(Row("a", "b", Probe("icmp", target), Reached()))
        assert measured(netns, target, 1500) == PathMtu(9000)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_passes(netns: Namespaces, target: str) -> None:
    world(netns)
    netns.nft("b", "input", "icmp type echo-request drop")
    netns.nft("b", "input", "icmpv6 type echo-request drop", priority=1)
    assert measured(netns, target, 1400) == Timeout()


@pytest.mark.parametrize("target", TARGETS)
def test_dead_wire_satisfies_nothing(netns: Namespaces, target: str) -> None:
    """No size is the answer, and the silence proves nothing."""
    world(netns)
    netns.ip("r", "link set eth0 down")
    asked = [Row("a", "b", Probe("mtu", target), expected) for expected in (PathMtu(), Timeout())]
    size, silence, _ = observe([*asked, Row("a", "b", Probe("icmp", target), Reached())], netns.pids, timeout=0.3)
    assert not size.met
    assert isinstance(silence.observed, NotMeasured)
    assert "cut off before" in silence.observed.reason


def test_one_lost_packet_does_not_lie(netns: Namespaces) -> None:
    world(netns)
    netns.nft("b", "input", "icmp type echo-request limit rate 1/hour burst 1 packets drop")
    assert measured(netns, "10.1.0.2", 1400) == PathMtu(1400)
