"""The HTTP of the echo server, on bytes alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vethlab.workload.http import HEAD_LIMIT, parse, respond

GET = b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-One:  two \r\n\r\n"


@given(st.integers(0, len(GET) - 1))
def test_a_head_is_taken_when_it_is_whole(cut: int) -> None:
    buffer = bytearray(GET[:cut])
    assert parse(buffer) is None
    buffer += GET[cut:] + b"rest"
    request = parse(buffer)
    assert request
    assert (request.method, request.path, request.headers) == ("GET", "/a?b=c", {"host": "x", "x-one": "two"})
    assert buffer == b"rest"
    assert request.keep_alive


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 1e9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        (b"x" * (HEAD_LIMIT + 1), 431),
    ],
)
def test_bad_heads_end_the_connection(head: bytes, status: int) -> None:
    request = parse(bytearray(head))
    assert request
    assert request.status == status
    assert not request.keep_alive


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [("1.1", "", True), ("1.1", "close", False), ("1.0", "", False), ("1.0", "Keep-Alive", True)],
)
def test_keep_alive(version: str, connection: str, kept: bool) -> None:
    request = parse(bytearray(f"GET / HTTP/{version}\r\nConnection: {connection}\r\n\r\n".encode()))
    assert request
    assert request.keep_alive is kept


def test_response() -> None:
    request = parse(bytearray(GET))
    assert request
    head, _, body = respond(request, "web", "10.0.0.1").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {
        "identity": "web",
        "source": "10.0.0.1",
        "method": "GET",
        "path": "/a?b=c",
        "headers": {"host": "x", "x-one": "two"},
    }
    request.method = "HEAD"
    assert respond(request, "web", "10.0.0.1").endswith(b"\r\n\r\n")


@given(st.binary(max_size=300))
def test_parse_takes_anything(data: bytes) -> None:
    buffer = bytearray(data + b"\r\n\r\n")
    assert parse(buffer) is not None
