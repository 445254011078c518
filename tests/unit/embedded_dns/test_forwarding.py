"""What others say is handed on: by servers of our own, on a loopback address and a port that are free."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from vethlab.embedded_dns import forwarding, wire
from vethlab.embedded_dns.forwarding import Pending
from vethlab.embedded_dns.records import View

OVERSIZED = [f"198.51.100.{n}" for n in range(1, 101)]


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where the one name server listens that there is."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(5)
    monkeypatch.setattr(forwarding, "_PORT", sock.getsockname()[1])
    yield sock
    sock.close()


def asked(upstream: socket.socket, *answers: dns.message.Message | bytes) -> list[bytes]:
    """What was replied, where a list of one server for each answer gave those."""
    replies: list[bytes] = []
    query = wire.parse(dns.message.make_query("many.example.com", "A", id=7).to_wire())
    view = View("web", "/proc/self/ns/net", [])
    pending = Pending(query, view, False, replies.append, [("127.0.0.1", True)] * len(answers))
    server = Thread(target=lambda: [serve(upstream, answer) for answer in answers])
    server.start()
    while sock := pending.next():
        sock.setblocking(True)
        while not pending.readable():
            pass
        if pending.answered:
            pending.left.clear()
    server.join()
    return replies


def serve(upstream: socket.socket, answer: dns.message.Message | bytes) -> None:
    _, who = upstream.recvfrom(4096)
    upstream.sendto(answer if isinstance(answer, bytes) else answer.to_wire(max_size=65535), who)


def said(code: str, *addresses: str) -> dns.message.Message:
    answer = dns.message.make_response(dns.message.make_query("many.example.com", "A", id=7))
    answer.set_rcode(dns.rcode.from_text(code))
    if addresses:
        answer.answer.append(dns.rrset.from_text("many.example.com.", 60, "IN", "A", *addresses))
    return answer


def test_more_than_512_octets_are_handed_on_whole_though_nobody_asked_for_so_many(upstream: socket.socket) -> None:
    """RFC 1035 allows no more without EDNS; servers send it all the same, and nothing breaks."""
    large = said("NOERROR", *OVERSIZED)
    (reply,) = asked(upstream, large)
    assert len(reply) > 1600
    assert len(dns.message.from_wire(reply).answer[0]) == 100


@pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED"])
def test_a_server_that_cannot_is_passed_over(upstream: socket.socket, code: str) -> None:
    (reply,) = asked(upstream, said(code), said("NOERROR", "203.0.113.80"))
    assert [str(item) for item in dns.message.from_wire(reply).answer[0]] == ["203.0.113.80"]


def test_what_the_last_one_said_is_passed_on(upstream: socket.socket) -> None:
    (reply,) = asked(upstream, said("SERVFAIL"), said("REFUSED"))
    assert wire.rcode(reply) == wire.REFUSED


def test_tc_is_kept(upstream: socket.socket) -> None:
    cut = said("NOERROR", "203.0.113.80")
    cut.flags |= dns.flags.TC
    (reply,) = asked(upstream, cut)
    assert dns.message.from_wire(reply, raise_on_truncation=False).flags & dns.flags.TC
