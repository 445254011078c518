"""Every probe on a good, a refusing, an unreachable, a dropping and a dead wire, over IPv4 and IPv6."""

from __future__ import annotations

import time

import pytest

from namespaces import Namespaces
from vethlab.outcome import Http, NotMeasured, Outcome, Reached, Refused, Timeout, Unreachable
from vethlab.probe import observe, settle
from vethlab.row import Observation, Probe, Row

A4, B4, A6, B6 = "10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"
FAMILIES = [pytest.param(A4, B4, id="v4"), pytest.param(A6, B6, id="v6")]
QUICK = 0.3


def pair(netns: Namespaces, *, serving: bool = True) -> None:
    netns.node("a", "b")
    netns.cable("a", "eth0", "b", "eth0", f"{A4}/24", f"{B4}/24", f"{A6}/64", f"{B6}/64")
    if serving:
        netns.serve("b")
    # A link that has just come up loses its first packets: wait until it carries both families.
    netns.settle(*(Row("a", "b", Probe("icmp", address), Reached()) for address in (B4, B6)))


def ask(
    netns: Namespaces, kind: str, address: str, port: int | None, expected: Outcome, timeout: float = QUICK
) -> Observation:
    """One row, beside one that is met if the wire is there: the control of a denial."""
    control = Row("a", "b", Probe("icmp", address), Reached())
    row = Row("a", "b", Probe(kind, address, port), expected)  # type: ignore[arg-type]
    return observe([row, control], netns.pids, timeout=timeout)[0]


@pytest.mark.parametrize(("own", "other"), FAMILIES)
def test_good_wire(netns: Namespaces, own: str, other: str) -> None:
    pair(netns)
    expected = {
        ("tcp", 7): Reached(own, "b"),
        ("udp", 7): Reached(own, "b"),
        ("icmp", None): Reached(),
        ("http", 80): Http(200, own, "b"),
    }
    rows = [Row("a", "b", Probe(kind, other, port), outcome) for (kind, port), outcome in expected.items()]  # type: ignore[arg-type]
    assert [o.observed for o in observe(rows, netns.pids)] == list(expected.values())


@pytest.mark.parametrize(("own", "other"), FAMILIES)
def test_closed_port_refuses(netns: Namespaces, own: str, other: str) -> None:
    pair(netns)
    rows = [Row("a", "b", Probe(kind, other, 9), Refused()) for kind in ("tcp", "udp", "http")]
    control = Row("a", "b", Probe("tcp", other, 7), Reached())
    assert [o.observed for o in observe([*rows, control], netns.pids)] == [Refused()] * 3 + [Reached(own, "b")]


@pytest.mark.parametrize(("own", "other"), FAMILIES)
@pytest.mark.parametrize(("kind", "port"), [("tcp", 7), ("udp", 7), ("http", 80)])
def test_dropping_wire_times_out(netns: Namespaces, own: str, other: str, kind: str, port: int) -> None:
    pair(netns)
    netns.nft("b", "input", f"meta l4proto {{ tcp, udp }} th dport {port} drop")
    assert ask(netns, kind, other, port, Timeout()).observed == Timeout()


@pytest.mark.parametrize(("own", "other"), FAMILIES)
def test_dropped_echo_requests_time_out(netns: Namespaces, own: str, other: str) -> None:
    """Held against TCP, as ICMP itself is what does not come through."""
    pair(netns)
    netns.nft("b", "input", "icmp type echo-request drop")
    netns.nft("b", "input", "icmpv6 type echo-request drop", priority=1)
    rows = [Row("a", "b", Probe("icmp", other), Timeout()), Row("a", "b", Probe("tcp", other, 7), Reached())]
    assert [o.observed for o in observe(rows, netns.pids, timeout=QUICK)] == [Timeout(), Reached(own, "b")]


@pytest.mark.parametrize(("own", "other"), FAMILIES)
@pytest.mark.parametrize(("kind", "port"), [("tcp", 7), ("udp", 7), ("icmp", None), ("http", 80)])
@pytest.mark.parametrize("expected", [Reached(), Timeout()], ids=lambda e: e.word)
def test_dead_wire_satisfies_nothing(
    netns: Namespaces, own: str, other: str, kind: str, port: int | None, expected: Outcome
) -> None:
    pair(netns)
    netns.ip("b", "link set eth0 down")
    found = ask(netns, kind, other, port, expected)
    assert not found.met
    if isinstance(expected, Timeout):
        assert isinstance(found.observed, NotMeasured)
        assert "cut off before" in found.observed.reason


def test_dead_wire_is_no_unreachable_host(netns: Namespaces) -> None:
    """With the peer gone the kernel says "host unreachable" as well, and that is not what the row is about."""
    pair(netns)
    netns.ip("b", f"addr del {B4}/24 dev eth0")
    found = observe(
        [Row("a", "x", Probe("tcp", "10.0.0.77", 7), Unreachable("host")), Row("a", "b", Probe("icmp", B4), Reached())],
        netns.pids,
        timeout=QUICK,
    )
    assert isinstance(found[0].observed, NotMeasured)


def test_filter_says_no(netns: Namespaces) -> None:
    """Each kind of REJECT, as each protocol sees it."""
    pair(netns)
    netns.nft("b", "input", "tcp dport 7 reject with icmpx admin-prohibited")
    netns.nft("b", "input", "udp dport 7 reject with icmpx host-unreachable", priority=1)
    netns.nft("b", "input", "tcp dport 80 reject with icmpx no-route", priority=2)
    netns.nft("b", "input", "tcp dport 81 reject with tcp reset", priority=3)
    for other in (B4, B6):
        assert ask(netns, "tcp", other, 7, Unreachable()).observed == Unreachable("prohibited")
        assert ask(netns, "udp", other, 7, Unreachable()).observed == Unreachable("host")
        assert ask(netns, "http", other, 80, Unreachable()).observed == Unreachable("network")
        assert ask(netns, "tcp", other, 81, Refused()).observed == Refused()


@pytest.mark.parametrize("kind", ["tcp", "udp", "icmp"])
def test_no_route_is_told_from_an_unreachable_network(netns: Namespaces, kind: str) -> None:
    """The first is our own lack of a route, the second a router's."""
    pair(netns)
    netns.forward("b")
    netns.route("a", f"203.0.113.0/24 via {B4}", f"2001:db8:1::/64 via {B6}")
    port = None if kind == "icmp" else 7
    for local, beyond, alive in (("198.51.100.1", "203.0.113.1", B4), ("2001:db8:2::1", "2001:db8:1::1", B6)):
        control = Row("a", "b", Probe("icmp", alive), Reached())
        rows = [Row("a", "x", Probe(kind, x, port), Unreachable()) for x in (local, beyond)]  # type: ignore[arg-type]
        found = observe([*rows, control], netns.pids)
        assert [o.observed for o in found[:2]] == [Unreachable("no-route"), Unreachable("network")]


@pytest.mark.parametrize("kind", ["tcp", "udp", "icmp"])
def test_nobody_with_that_address(netns: Namespaces, kind: str) -> None:
    """The kernel gives up on the neighbour after three seconds: longer than a timeout, and waited for."""
    pair(netns)
    port = None if kind == "icmp" else 7
    rows = [Row("a", "x", Probe(kind, x, port), Unreachable("host")) for x in ("10.0.0.77", "fd00::77")]  # type: ignore[arg-type]
    controls = [Row("a", "b", Probe("icmp", x), Reached()) for x in (B4, B6)]
    assert [o.observed for o in observe([*rows, *controls], netns.pids)][:2] == [Unreachable("host")] * 2


def test_source_behind_masquerade(netns: Namespaces) -> None:
    """The server tells the router's address, over every protocol that can tell."""
    netns.node("a", "r", "b")
    netns.cable("a", "eth0", "r", "eth0", "10.0.0.1/24", "10.0.0.254/24", "fd00::1/64", "fd00::fe/64")
    netns.cable("r", "eth1", "b", "eth0", "10.1.0.254/24", "10.1.0.2/24", "fd01::fe/64", "fd01::2/64")
    netns.route("a", "default via 10.0.0.254", "default via fd00::fe")
    netns.forward("r")
    netns.nft("r", "postrouting", "oif eth1 masquerade", kind="nat", priority=100)
    netns.serve("b")
    for server, seen in (("10.1.0.2", "10.1.0.254"), ("fd01::2", "fd01::fe")):
        rows = [
            Row("a", "b", Probe("tcp", server, 7), Reached(seen, "b")),
            Row("a", "b", Probe("udp", server, 7), Reached(seen, "b")),
            Row("a", "b", Probe("http", server, 80), Http(200, seen, "b")),
        ]
        assert [str(o.observed) for o in observe(rows, netns.pids) if not o.met] == []


def test_a_lost_packet_is_no_timeout(netns: Namespaces) -> None:
    """Every first packet is lost: TCP's, UDP's and ICMP's."""
    pair(netns)
    lost = "limit rate 1/hour burst 1 packets drop"
    netns.nft("b", "input", f"tcp dport 7 tcp flags syn {lost}")
    netns.nft("b", "input", f"udp dport 7 {lost}", priority=1)
    netns.nft("b", "input", f"icmp type echo-request {lost}", priority=2)
    for kind, port in (("tcp", 7), ("udp", 7), ("icmp", None)):
        found = observe([Row("a", "b", Probe(kind, B4, port), Reached())], netns.pids)[0]  # type: ignore[arg-type]
        assert found.met
        assert found.seconds >= 1 / 3, "nothing was lost, so nothing was tested"


def test_servers_that_are_not_echo(netns: Namespaces) -> None:
    """One that waits for its client, and one that says something else."""
    pair(netns, serving=False)
    script = "import socket\nl=socket.create_server(('',7))\nkeep=[]\nwhile 1: keep.append(l.accept())"
    netns.start("b", "python3", "-c", script)
    netns.start("b", "socat", "TCP-LISTEN:80,fork,reuseaddr", "SYSTEM:echo 220 hello")
    rows = [Row("a", "b", Probe("tcp", B4, port), Reached()) for port in (7, 80)]
    rows += [Row("a", "b", Probe("http", B4, 7), Timeout()), Row("a", "b", Probe("http", B4, 80), Reached())]

    found = settle(rows, netns.pids, time.monotonic() + 5)
    assert [o.observed for o in found] == [Reached(), Reached(), Timeout(), Reached()]


def test_a_router_that_saves_up_its_errors_is_asked_again(netns: Namespaces) -> None:
    """Without a route Linux tells an address so once a second, after five (ip-sysctl, route/error_burst)."""
    pair(netns)
    netns.forward("b")
    netns.route("a", f"203.0.113.0/24 via {B4}")
    control = Row("a", "b", Probe("icmp", B4), Reached())
    rows = [Row("a", "x", Probe("tcp", f"203.0.113.{n}", 7), Unreachable("network")) for n in range(1, 12)]
    assert [o.observed for o in observe([*rows, control], netns.pids, timeout=QUICK)[:11]] == [
        Unreachable("network")
    ] * 11
