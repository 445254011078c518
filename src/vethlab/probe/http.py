"""HTTP: one GET on a connection of its own (RFC 9112), and what the echo server's JSON tells."""

from __future__ import annotations

import json
import select
import socket
from contextlib import suppress

from ..outcome import Http, Outcome, Reached, Timeout
from . import failure
from .exchange import Loop
from .tcp import TcpExchange

__all__ = ["HttpExchange", "parse_response"]

_LIMIT = 1024 * 1024


def parse_response(data: bytes, ended: bool) -> Outcome | None:
    """The outcome of a response; None while it is not whole. Something that is no HTTP is a server all the same."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return Reached() if ended or not b"HTTP/".startswith(data[:5]) else None
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/") or len(words) < 2 or not (words[1].isascii() and words[1].isdigit()):
        return Reached()
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    whole = _body(headers, body)
    if whole is None and not ended:
        return None
    return _told(int(words[1]), body if whole is None else whole)


def _body(headers: dict[str, str], body: bytes) -> bytes | None:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(body)
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or len(body) < int(length):
        return None
    return body[: int(length)]


def _chunks(body: bytes) -> bytes | None:
    whole = b""
    while True:
        size, newline, rest = body.partition(b"\r\n")
        try:
            count = int(size.partition(b";")[0], 16) if newline else -1
        except ValueError:
            return whole
        if count < 0 or len(rest) < count + 2:
            return None
        if count == 0:
            return whole
        whole, body = whole + rest[:count], rest[count + 2 :]


def _told(status: int, body: bytes) -> Http:
    with suppress(ValueError, AttributeError):
        said = json.loads(body)
        return Http(status, said.get("source"), said.get("identity"))
    return Http(status)


class HttpExchange(TcpExchange):
    """Ends with the whole response. Packets that stop after the handshake are a timeout, not a reached server."""

    __slots__ = ("received",)
    events = select.EPOLLOUT

    def begin(self, loop: Loop) -> None:
        if not self.sends:
            self.received: dict[socket.socket, bytes] = {}
        super().begin(loop)

    def answer_is_expected(self) -> bool:
        return True

    def ready(self, loop: Loop, sock: socket.socket, events: int) -> None:
        try:
            if sock not in self.received:
                sock.send(self._request())
                self.received[sock] = b""
                loop.rewatch(sock, select.EPOLLIN)
            else:
                self._read(sock)
        except BlockingIOError:
            if events & select.EPOLLERR:
                self.outcome = failure.explain(sock, 0)
        except OSError as error:
            self.failed(sock, error.errno or 0)

    def _request(self) -> bytes:
        probe = self.row.probe
        assert probe.address is not None
        host = f"[{probe.address.partition('%')[0]}]" if ":" in probe.address else probe.address
        port = "" if probe.port == 80 else f":{probe.port}"
        return (
            f"GET {probe.path} HTTP/1.1\r\nHost: {host}{port}\r\nUser-Agent: vethlab\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        ).encode()

    def _read(self, sock: socket.socket) -> None:
        data = sock.recv(65536)
        self.received[sock] += data
        self.outcome = parse_response(self.received[sock], ended=not data or len(self.received[sock]) > _LIMIT)

    def silent(self) -> Outcome:
        return Timeout()
