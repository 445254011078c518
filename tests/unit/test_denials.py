"""When a journey that must be denied is: nobody answers. A wrong answer is an answer."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator

import pytest

from vethlab.journey import Journey
from vethlab.traveller import flow
from vethlab.traveller.flow import Failed, Unanswered, exchange

HOME = "127.0.0.1"


def denied(kind: str, port: int) -> Journey:
    return Journey("shut", "here", kind, HOME, port, denied=True)  # type: ignore[arg-type]


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind((HOME, 0))
        return int(found.getsockname()[1])


@pytest.fixture
def babbler() -> Iterator[int]:
    """The port of a UDP server whose every answer is wrong."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HOME, 0))
        threading.Thread(target=lambda: server.sendto(b"no", server.recvfrom(512)[1]), daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(("kind", "number"), [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_a_refusal_is_no_answer(kind: str, number: int) -> None:
    with pytest.raises(Unanswered, match="refused"):
        exchange(denied(kind, free_port(number)), HOME, "key")


def test_a_wrong_answer_is_an_answer(babbler: int) -> None:
    with pytest.raises(Failed) as raised:
        exchange(denied("udp", babbler), HOME, "key")
    assert not isinstance(raised.value, Unanswered)


def test_whoever_accepts_and_says_nothing_answers() -> None:
    with socket.create_server((HOME, 0)) as server, pytest.raises(Failed, match="accepted") as raised:
        exchange(denied("tcp", server.getsockname()[1]), HOME, "key")
    assert not isinstance(raised.value, Unanswered)


def test_the_clients_own_trouble_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_port(*_: object) -> None:
        raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")

    monkeypatch.setattr(flow, "_connect", no_port)
    with pytest.raises(Failed) as raised:
        exchange(denied("tcp", 7), HOME, "key")
    assert not isinstance(raised.value, Unanswered)
