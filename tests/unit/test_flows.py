"""What one flow sends, and which of a name's addresses it goes to."""

from __future__ import annotations

import importlib
import multiprocessing
import socket
import time
from collections.abc import Iterator

import pytest

from vethlab.journey import Journey
from vethlab.traveller import flow
from vethlab.traveller.flow import Failed, Unanswered, exchange
from vethlab.workload.echo import serve

#: The package's name of this module is that of its one function.
travel = importlib.import_module("vethlab.traveller.travel")
HERE, ELSEWHERE = "127.0.0.2", "127.0.0.1"


def upload(port: int, size: int = 300_000) -> Journey:
    return Journey("up", "here", "http", HERE, port, identity="web", bytes=size)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of an echo server that listens on one address alone, over HTTP."""
    with socket.create_server((HERE, 0)) as found:
        free = int(found.getsockname()[1])
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    known = {"tcp": (), "udp": (), "http": (free,), "ready": ready.set, "key": "key", "bind": HERE}
    server = context.Process(target=serve, args=("web",), kwargs=known, daemon=True)
    server.start()
    assert ready.wait(10)
    yield free
    server.terminate()
    server.join()


def test_an_upload_is_read_to_its_end(port: int) -> None:
    exchange(upload(port), HERE, "key")


def test_an_upload_proves_who_took_it(port: int) -> None:
    with pytest.raises(Failed, match="in the server's place"):
        exchange(upload(port), HERE, "another key")


def test_an_upload_that_nobody_reads_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "FLOW_SECONDS", 0.3)
    with socket.create_server((HERE, 0)) as deaf, pytest.raises(Failed, match="stalls"):
        exchange(upload(deaf.getsockname()[1], 10_000_000), HERE, "key")


def test_a_server_on_one_address_is_on_no_other(port: int) -> None:
    with pytest.raises(Unanswered, match="refused"):
        exchange(upload(port), ELSEWHERE, "key")


def test_an_address_that_refuses_makes_room_for_the_next(port: int) -> None:
    travel._in_turn(upload(port), [ELSEWHERE, HERE], "key")
    with pytest.raises(Unanswered):
        travel._in_turn(upload(port), [ELSEWHERE], "key")


def test_an_address_that_is_silent_costs_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(journey: Journey, address: str, key: str) -> None:
        time.sleep(0.1)
        raise Unanswered

    monkeypatch.setattr(travel, "exchange", silent)
    hasty = Journey("up", "here", "http", "web", 80, within=0.1, any_family=True)
    with pytest.raises(Failed, match=f"{HERE} comes first") as raised:
        travel._in_turn(hasty, [HERE, ELSEWHERE], "key")
    assert not isinstance(raised.value, Unanswered)
