"""Just enough of an HTTP/1.1 server (RFC 9112) to say who was asked what, by whom. Pure: bytes in, bytes out."""

from __future__ import annotations

import json

__all__ = ["HEAD_LIMIT", "Request", "parse", "respond"]

#: No request line and headers may be longer together, in bytes.
HEAD_LIMIT = 32 * 1024

_REASONS = {200: "OK", 400: "Bad Request", 431: "Request Header Fields Too Large", 501: "Not Implemented"}


class Request:
    """The head of a request. `status` other than 200 says what is wrong with it; `body` counts bytes still to come."""

    __slots__ = ("body", "headers", "keep_alive", "method", "path", "status")

    def __init__(self, method: str = "", path: str = "", status: int = 200) -> None:
        self.method, self.path, self.status = method, path, status
        self.headers: dict[str, str] = {}
        self.body = 0
        self.keep_alive = False


def parse(buffer: bytearray) -> Request | None:
    """Take one head off the front of `buffer`; None while it is not whole."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return Request(status=431) if len(buffer) > HEAD_LIMIT else None
    if end > HEAD_LIMIT:
        return Request(status=431)
    head = buffer[:end].decode("latin-1")
    del buffer[: end + 4]
    return _parse_head(head.lstrip("\r\n"))


def _parse_head(head: str) -> Request:
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return Request(status=400)
    request = Request(words[0], words[1])
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            return Request(status=400)
        request.headers[name.strip().lower()] = value.strip()
    return _framing(request, words[2])


def _framing(request: Request, version: str) -> Request:
    connection = request.headers.get("connection", "").lower()
    request.keep_alive = "keep-alive" in connection if version == "HTTP/1.0" else "close" not in connection
    if "transfer-encoding" in request.headers:
        request.status, request.keep_alive = 501, False
    length = request.headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 18:
        return Request(status=400)
    request.body = int(length)
    return request


def respond(request: Request, identity: str, source: str, proof: str | None = None) -> bytes:
    """The response to `request`: JSON with identity, source (the client's address), method, path, headers, proof."""
    body = (
        json.dumps(
            {
                "identity": identity,
                "source": source,
                "method": request.method,
                "path": request.path,
                "headers": request.headers,
            }
            | ({"proof": proof} if proof else {})
        ).encode()
        + b"\n"
    )
    head = (
        f"HTTP/1.1 {request.status} {_REASONS[request.status]}\r\n"
        f"Server: vethlab\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if request.keep_alive else 'close'}\r\n\r\n"
    ).encode()
    return head if request.method == "HEAD" else head + body
