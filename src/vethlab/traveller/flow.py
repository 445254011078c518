"""One exchange with a server of vethlab's own, and the proof that it was that server.

A server with a key proves itself: its answer bears a keyed hash over its name, the client it saw and a number nobody
has heard before. Whoever puts another program in its place has no key; whoever forwards to it is seen by it instead of
the client.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import subprocess
import time
from contextlib import closing
from typing import Any

from ..journey import Journey
from ..workload.echo import proof
from .stray import stray

__all__ = ["FLOW_SECONDS", "Failed", "Unanswered", "exchange"]

#: How long one flow may take. A lost SYN is sent again after 1 s (RFC 6298, section 2).
FLOW_SECONDS = 2.2
#: A denial is silence for this long, twice.
DENIED_SECONDS = 0.7
_UDP_AGAIN = (0.25, 0.5, 0.75)
#: How a network refuses (ip(7), tcp(7)); EPERM and EACCES are the client's own rules. Anything else is the client's
#: own trouble, such as no port to leave from, and says nothing about what is on the way.
_REFUSED = {
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EHOSTDOWN,
    errno.ENONET,
    errno.EPERM,
    errno.EACCES,
}
#: The name servers of the root (RFC 1035, section 4): a name server answers it, and an echo server answers anything.
_QUESTION = bytes.fromhex("564c 0100 0001 0000 0000 0000 00 0002 0001")


class Failed(Exception):
    """The exchange did not come off; the message says how it looks to the user."""


class Unanswered(Failed):
    """Nobody answers at all: the question, or its answer, is refused or dropped on the way."""


def exchange(journey: Journey, address: str, key: str) -> None:
    """One new flow to `address`. Raises Failed; a denied journey's is answered by whoever accepts the connection."""
    seconds = DENIED_SECONDS if journey.denied else journey.within or FLOW_SECONDS
    began = time.monotonic()
    try:
        _KINDS[journey.kind](journey, address, key, seconds)
    except TimeoutError:
        raise Unanswered(f"no answer within {seconds:g} s") from None
    except ConnectionRefusedError:
        raise Unanswered("the connection is refused") from None
    except OSError as error:
        kind = Unanswered if error.errno in _REFUSED else Failed
        raise kind(f"{error.strerror or error}".lower()) from None
    if journey.within and time.monotonic() - began > journey.within:
        raise Failed(f"it takes longer than {journey.within:g} s")


def _connect(journey: Journey, address: str, kind: int, seconds: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = socket.socket(family, kind)
    found.settimeout(seconds)
    if journey.local_port:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("", journey.local_port))
    found.connect((address, journey.port))
    if journey.denied and kind == socket.SOCK_STREAM:
        raise Failed("the connection is accepted")
    return found


def _tcp(journey: Journey, address: str, key: str, seconds: float) -> None:
    with closing(_connect(journey, address, socket.SOCK_STREAM, seconds)) as connection:
        file = connection.makefile("rb")
        said, nonce = _document(file.readline(4096)), b""
        if key:
            nonce = os.urandom(16).hex().encode()
            connection.sendall(b"prove " + nonce + b"\n")
            said = _document(file.readline(4096))
        _judge(journey, said, key, said.get("port"), nonce)
        _round(connection, file, os.urandom(16))
        if journey.idle:
            time.sleep(journey.idle)
            _round(connection, file, os.urandom(16))
        if journey.bytes:
            _bulk(connection, file, journey.bytes, seconds)


def _round(connection: socket.socket, file: Any, nonce: bytes) -> None:
    connection.sendall(nonce)
    if file.read(len(nonce)) != nonce:
        raise Failed("what comes back is not what was sent")


def _bulk(connection: socket.socket, file: Any, size: int, seconds: float) -> None:
    """The same bytes in both directions, a chunk at a time, compared by their hashes."""
    there, back = hashlib.sha256(), hashlib.sha256()
    deadline, left = time.monotonic() + seconds, size
    while left:
        chunk = os.urandom(min(left, 65536))
        there.update(chunk)
        try:
            connection.sendall(chunk)
            back.update(file.read(len(chunk)))
        except TimeoutError:
            raise Failed(f"the transfer stalls after {size - left} of {size} bytes") from None
        left -= len(chunk)
        if time.monotonic() > deadline:
            raise Failed(f"the transfer is too slow: {size - left} of {size} bytes in {seconds:g} s")
    if there.digest() != back.digest():
        raise Failed("what comes back is not what was sent")


def _udp(journey: Journey, address: str, key: str, seconds: float) -> None:
    nonce = _QUESTION if journey.denied else os.urandom(16).hex().encode()
    with closing(_connect(journey, address, socket.SOCK_DGRAM, seconds)) as client:
        once = bool(journey.lost)
        data = _ask(client, nonce, seconds, () if once else _UDP_AGAIN)
        line, _, echoed = data.partition(b"\n")
        if echoed != nonce:
            raise Failed("what comes back is not what was sent")
        said = _document(line)
        _judge(journey, said, key, said.get("port"), nonce)


def _ask(client: socket.socket, nonce: bytes, seconds: float, again: tuple[float, ...]) -> bytes:
    deadline = time.monotonic() + (seconds if again else 0.5)
    for wait in (*again, seconds):
        client.send(nonce)
        client.settimeout(max(0.01, min(wait, deadline - time.monotonic())))
        try:
            return client.recv(65535)
        except TimeoutError:
            if time.monotonic() >= deadline:
                raise
    raise TimeoutError


def _http(journey: Journey, address: str, key: str, seconds: float) -> None:
    path = f"/?nonce={os.urandom(8).hex()}"
    host = f"[{address}]" if ":" in address else address
    with closing(_connect(journey, address, socket.SOCK_STREAM, seconds)) as connection:
        verb = f"POST {path} HTTP/1.1\r\nContent-Length: {journey.bytes}" if journey.bytes else f"GET {path} HTTP/1.1"
        connection.sendall(f"{verb}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        if journey.bytes:
            _upload(connection, journey.bytes)
        # The server closes once it has read the body to its end.
        answer = connection.makefile("rb").read(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise Failed(f"the answer is {head.partition(bytes(2))[0][:40].decode(errors='replace') or 'empty'}")
    _judge(journey, _document(body), key, path)


def _upload(connection: socket.socket, size: int) -> None:
    """Bytes in one direction alone: nothing of them comes back."""
    try:
        connection.sendall(os.urandom(size))
    except TimeoutError:
        raise Failed("the upload stalls") from None


def _icmp(journey: Journey, address: str, key: str, seconds: float) -> None:
    done = subprocess.run(
        ["ping", "-n", "-c", "1", "-W", str(max(1, round(seconds))), address], capture_output=True, check=False
    )
    if done.returncode:
        # 1: asked, and not answered; 2: it could not ask (ping(8)).
        raise (Unanswered if done.returncode == 1 else Failed)("no echo reply")


def _stray(journey: Journey, address: str, key: str, seconds: float) -> None:
    stray(address, journey.port or 0, seconds)


_KINDS = {"tcp": _tcp, "udp": _udp, "http": _http, "icmp": _icmp, "stray": _stray}


def _document(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:
        raise Failed("something else answers" if line else "the connection is closed without an answer") from None
    if not isinstance(document, dict):
        raise Failed("something else answers")
    return document


def _judge(journey: Journey, said: dict[str, Any], key: str, asked: str | int | None, nonce: bytes = b"") -> None:
    """Who answered, and who was seen."""
    identity, source = str(said.get("identity")), str(said.get("source"))
    if said.get("proof") != proof(key, identity, source, asked, nonce):
        raise Failed("something else answers in the server's place")
    if journey.identity and identity != journey.identity:
        raise Failed(f"{identity} answers instead of {journey.identity}")
    if journey.seen and source != journey.seen:
        raise Failed(f"the server sees {source} instead of {journey.seen}")
