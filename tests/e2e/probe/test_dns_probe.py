"""DNS answers of every kind, from a real dnsmasq."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from namespaces import Namespaces
from vethlab.namespace import enter
from vethlab.outcome import Answered, NotMeasured, Outcome, Reached, Refused, Timeout
from vethlab.probe import observe, settle
from vethlab.row import Probe, Row

B4, B6 = "10.0.0.2", "fd00::2"
MANY = tuple(f"10.1.{i // 200}.{i % 200 + 1}" for i in range(120))


def world(netns: Namespaces) -> None:
    netns.node("a", "b")
    netns.cable("a", "eth0", "b", "eth0", "10.0.0.1/24", f"{B4}/24", "fd00::1/64", f"{B6}/64")
    hosts = [f"--host-record=many.netns,{address}" for address in MANY]
    options = ["--no-resolv", "--no-hosts", "--no-daemon", "--user=root", "--port=53", "--local=/netns/"]
    records = ["--host-record=web.netns,10.1.1.1,fd01::1", "--cname=www.netns,web.netns"]
    netns.start("b", "dnsmasq", *options, *records, *hosts)
    netns.settle(*(Row("a", "b", Probe("dns", x, name="web.netns"), Answered("NOERROR")) for x in (B4, B6)))


def ask(netns: Namespaces, name: str, expected: Outcome, *, record: str = "A", server: str | None = B4) -> Outcome:
    row = Row("a", "b", Probe("dns", server, name=name, record=record), expected)  # type: ignore[arg-type]
    return observe([row, Row("a", "b", Probe("icmp", B4), Reached())], netns.pids)[0].observed


def test_answers(netns: Namespaces) -> None:
    world(netns)
    assert ask(netns, "web.netns", Answered()) == Answered("NOERROR", ("10.1.1.1",), B4)
    assert ask(netns, "web.netns", Answered(), server=B6) == Answered("NOERROR", ("10.1.1.1",), B6)
    assert ask(netns, "web.netns", Answered(), record="AAAA") == Answered("NOERROR", ("fd01::1",), B4)
    assert ask(netns, "www.netns", Answered()) == Answered("NOERROR", ("10.1.1.1",), B4)
    assert ask(netns, "nothing.netns", Answered()) == Answered("NXDOMAIN", (), B4)
    assert ask(netns, "elsewhere.example", Answered()) == Answered("REFUSED", (), B4)


def test_truncated_answer_is_fetched_over_tcp(netns: Namespaces) -> None:
    world(netns)
    assert ask(netns, "many.netns", Answered()) == Answered("NOERROR", tuple(sorted(MANY)), B4)
    netns.nft("b", "input", "tcp dport 53 reject with tcp reset")
    assert ask(netns, "many.netns", Answered()) == Refused()


def test_the_resolver_of_the_source(netns: Namespaces) -> None:
    """Without an address the server is the first of the source's own resolv.conf, and none other."""
    world(netns)
    netns.resolv_conf("a", f"search netns\nnameserver {B6}\nnameserver {B4}\n")
    assert ask(netns, "web.netns", Answered(), server=None) == Answered("NOERROR", ("10.1.1.1",), B6)
    netns.resolv_conf("a", "# no server at all\n")
    assert ask(netns, "web.netns", Answered(), server=None) == Refused()


def test_no_server_and_no_answer(netns: Namespaces) -> None:
    world(netns)
    netns.nft("b", "input", "udp dport 53 drop")
    assert ask(netns, "web.netns", Timeout()) == Timeout()
    assert ask(netns, "web.netns", Refused(), server="10.0.0.1") == Refused()


@pytest.mark.parametrize("server", [pytest.param(B4, id="v4"), pytest.param(B6, id="v6")])
def test_dead_wire_satisfies_nothing(netns: Namespaces, server: str) -> None:
    """Neither who expects an answer nor who expects silence."""
    world(netns)
    netns.ip("b", "link set eth0 down")
    asked = [Row("a", "b", Probe("dns", server, name="web.netns"), expected) for expected in (Answered(), Timeout())]
    control = Row("a", "b", Probe("icmp", server), Reached())
    answer, silence, _ = observe([*asked, control], netns.pids, timeout=0.3)
    assert not answer.met
    assert isinstance(silence.observed, NotMeasured)
    assert "cut off before" in silence.observed.reason


def serve_datagrams(netns: Namespaces, port: int, answer: Callable[[bytes], list[bytes]]) -> None:
    sockets: list[socket.socket] = []

    def bind() -> None:
        enter(netns.pids["b"], "net")
        sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sockets[0].bind(("0.0.0.0", port))

    def work() -> None:
        while True:
            data, peer = sockets[0].recvfrom(4096)
            for one in answer(data):
                sockets[0].sendto(one, peer)

    netns.process(bind, work)


def test_servfail_and_answers_to_other_questions(netns: Namespaces) -> None:
    """Only the answer with our id and our question counts; garbage before it does no harm."""
    world(netns)

    def servfail(data: bytes) -> list[bytes]:
        answer = data[:2] + b"\x81\x82" + data[4:]
        return [b"garbage", b"\0\0" + answer[2:] if data[:2] != b"\0\0" else b"", answer]

    serve_datagrams(netns, 5353, servfail)
    serve_datagrams(netns, 5354, lambda data: [b"\xff" * 40])
    rows = [
        Row("a", "b", Probe("dns", B4, port, name="x.netns"), expected)
        for port, expected in ((5353, Answered("SERVFAIL", (), B4)), (5354, Timeout()))
    ]
    found = settle([*rows, Row("a", "b", Probe("icmp", B4), Reached())], netns.pids, time.monotonic())
    assert [o.observed for o in found][:2] == [Answered("SERVFAIL", (), B4), Timeout()]
