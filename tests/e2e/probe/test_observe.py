"""What the prober owes whatever happens to it: no row is ever anything but measured or not measured."""

from __future__ import annotations

import gc
import os
import signal
import time
from pathlib import Path

import pytest

from namespaces import Namespaces, eventually
from vethlab.outcome import NotMeasured, Outcome, Reached, Refused, Timeout, Unreachable
from vethlab.probe import observe, prober, settle, tcp
from vethlab.probe.questions import EXCHANGES
from vethlab.row import Probe, Row

A, B = "10.0.0.1", "10.0.0.2"


def world(netns: Namespaces) -> None:
    netns.node("a", "b")
    netns.cable("a", "eth0", "b", "eth0", f"{A}/24", f"{B}/24")
    netns.serve("b")
    netns.settle(reach())


def reach(source: str = "a") -> Row:
    return Row(source, "b", Probe("tcp", B, 7), Reached(A, "b"))


def row(port: int, expected: Outcome, source: str = "a") -> Row:
    return Row(source, "b", Probe("tcp", B, port), expected)


def test_crashed_prober_measures_nothing(netns: Namespaces, monkeypatch: pytest.MonkeyPatch) -> None:
    world(netns)
    monkeypatch.setattr(tcp, "open_socket", lambda _: os._exit(70))
    found = observe([reach(), row(9, Refused()), row(9, Timeout())], netns.pids)
    assert [o.observed for o in found] == [NotMeasured("the prober ended with status 70")] * 3
    assert not any(o.met for o in found)


@pytest.mark.parametrize("kind", EXCHANGES)
def test_crashed_over_any_probe(netns: Namespaces, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    world(netns)
    monkeypatch.setattr(EXCHANGES[kind], "begin", lambda self, loop: os._exit(70))
    port = 7 if kind in ("tcp", "udp", "http") else None
    probe = Probe(kind, B, port, name="x.netns" if kind == "dns" else None)  # type: ignore[arg-type]
    found = observe([reach(), Row("a", "b", probe, Timeout())], netns.pids, timeout=0.2)
    assert found[1].observed == NotMeasured("the prober ended with status 70")


def test_killed_prober_measures_nothing(netns: Namespaces, monkeypatch: pytest.MonkeyPatch) -> None:
    world(netns)
    monkeypatch.setattr(tcp.TcpExchange, "expire", lambda self: os.kill(os.getpid(), signal.SIGKILL))
    netns.nft("b", "input", "tcp dport 11 drop")
    found = observe([reach(), row(11, Timeout())], netns.pids, timeout=0.2)
    assert found[1].observed == NotMeasured("the prober was killed by SIGKILL")


def test_silent_prober_is_given_up(netns: Namespaces, monkeypatch: pytest.MonkeyPatch) -> None:
    world(netns)
    monkeypatch.setattr(prober, "_SILENCE", 0.5)
    monkeypatch.setattr(tcp, "open_socket", lambda _: os.kill(os.getpid(), signal.SIGSTOP))
    assert observe([reach()], netns.pids)[0].observed == NotMeasured("the prober fell silent for 0.5 s")


def test_a_fault_in_one_probe_costs_one_row(netns: Namespaces, monkeypatch: pytest.MonkeyPatch) -> None:
    world(netns)
    real = tcp.TcpExchange.begin
    monkeypatch.setattr(
        tcp.TcpExchange, "begin", lambda self, loop: 1 / 0 if self.row.probe.port == 9 else real(self, loop)
    )
    found = observe([reach(), row(9, Refused())], netns.pids)
    assert found[0].met
    assert found[1].observed == NotMeasured("the probe failed: ZeroDivisionError: division by zero")


def test_places_that_are_not_there(netns: Namespaces) -> None:
    world(netns)
    gone = netns.process(lambda: None, lambda: os._exit(0))
    eventually(lambda: os.waitpid(gone, os.WNOHANG) != (0, 0))
    rows = [reach("a"), reach("nobody"), reach("gone"), row(9, Timeout(), "gone")]
    found = [o.observed for o in observe(rows, netns.pids | {"gone": gone})]
    assert found[0] == Reached(A, "b")
    assert found[1] == NotMeasured("there is no place named nobody")
    assert found[2] == NotMeasured("gone is gone")
    assert isinstance(found[3], NotMeasured)


def test_a_zombie_is_gone_too(netns: Namespaces) -> None:
    world(netns)
    zombie = netns.process(lambda: None, lambda: os._exit(0))
    os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)
    found = observe([reach("zombie"), row(9, Timeout(), "zombie")], netns.pids | {"zombie": zombie})
    assert all(isinstance(o.observed, NotMeasured) for o in found)


def test_denial_without_anything_to_hold_it_against(netns: Namespaces) -> None:
    """No row expects an answer and there is no gateway: that silence proves nothing."""
    world(netns)
    netns.nft("b", "input", "tcp dport 11 drop")
    found = observe([row(11, Timeout())], netns.pids, timeout=0.2)[0].observed
    assert isinstance(found, NotMeasured)
    assert "no row expects" in found.reason


def test_no_route_of_a_family_the_source_has_nothing_in(netns: Namespaces) -> None:
    """Its own word that there is no way is held against an answer in the other family, and only where there is one."""
    world(netns)
    lone = Row("a", "b", Probe("udp", "fd00::2", 7), Unreachable("no-route"))
    netns.sysctl("a", "net.ipv6.conf.all.disable_ipv6", 1)
    assert [o.met for o in observe([reach(), lone], netns.pids)] == [True, True]
    assert isinstance(observe([lone], netns.pids)[0].observed, NotMeasured)
    netns.nft("b", "input", "ip saddr 10.0.0.1 drop")
    assert isinstance(observe([reach(), lone], netns.pids, timeout=0.2)[1].observed, NotMeasured)


def test_the_loopback_is_a_realm_of_its_own(netns: Namespaces) -> None:
    """A port that is closed at 127.0.0.1 is held against the loopback, not against what another machine answers."""
    world(netns)
    closed = Row("a", "a", Probe("tcp", "127.0.0.1", 9), Refused())
    assert observe([closed], netns.pids)[0].met
    netns.nft("a", "input", "iif lo icmp type echo-request drop")
    assert isinstance(observe([reach(), closed], netns.pids, timeout=0.2)[1].observed, NotMeasured)


def test_the_gateway_stands_in_as_control(netns: Namespaces) -> None:
    world(netns)
    netns.nft("b", "input", "tcp dport 11 drop")
    netns.route("a", f"default via {B}")
    assert observe([row(11, Timeout())], netns.pids, timeout=0.2)[0].observed == Timeout()


def test_cut_off_afterwards(netns: Namespaces) -> None:
    """The wire is cut while the denial waits: that shows in the second half of the bracket."""
    world(netns)
    netns.nft("b", "input", "tcp dport 11 drop")

    def cut_later() -> None:
        time.sleep(0.4)  # within the second that the denial takes
        netns.ip("b", "link set eth0 down")
        os._exit(0)

    netns.process(lambda: None, cut_later)
    found = observe([reach(), row(11, Timeout())], netns.pids)
    assert found[0].met
    assert isinstance(found[1].observed, NotMeasured)
    assert "cut off after" in found[1].observed.reason


def test_settle_waits_for_what_comes_up(netns: Namespaces) -> None:
    world(netns)
    netns.ip("b", "link set eth0 down")

    def mend() -> None:
        time.sleep(0.5)
        netns.ip("b", "link set eth0 up")
        os._exit(0)

    netns.process(lambda: None, mend)
    found = settle([reach(), row(9, Refused())], netns.pids, time.monotonic() + 10, timeout=0.2)
    assert [o.observed for o in found] == [Reached(A, "b"), Refused()]


def test_settle_ends_at_its_deadline(netns: Namespaces) -> None:
    world(netns)
    found = settle([row(9, Reached())], netns.pids, time.monotonic() + 0.3, timeout=0.1)
    assert found[0].observed == Refused()


def test_rate_limited_errors_all_arrive(netns: Namespaces) -> None:
    """Ten UDP refusals from one host to one source, of which the kernel sends six at once and then one a second."""
    world(netns)
    rows = [Row("a", "b", Probe("udp", B, 9000 + i), Refused()) for i in range(10)]
    found = observe([*rows, reach()], netns.pids)
    assert [str(o.observed) for o in found if not o.met] == []


def test_many_timeouts_are_waited_for_together(netns: Namespaces) -> None:
    world(netns)
    netns.nft("b", "input", "tcp dport 1000-1999 drop")
    rows = [reach() for _ in range(450)] + [row(1000 + i, Timeout()) for i in range(50)]
    assert all(o.met for o in observe(rows, netns.pids))


def test_leaves_no_descriptor_behind(netns: Namespaces) -> None:
    world(netns)
    gc.collect()  # what earlier tests left goes now, and not in between
    before = sorted(Path("/proc/self/fd").iterdir())
    observe([reach()] * 20, netns.pids)
    assert sorted(Path("/proc/self/fd").iterdir()) == before
