"""Asking others: the servers in order, each until it answers or time is up.

A server that says SERVFAIL or REFUSED is passed over; what the last one said is passed on, and SERVFAIL where none said
anything. An answer is handed on as it came, TC included: who needs more asks again over TCP.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..namespace import libc_call
from . import wire
from .records import View

__all__ = ["Pending", "in_namespace", "servers"]

#: Seconds for one server (moby: extIOTimeout).
PATIENCE = 4.0
_RESOLV_CONF = Path("/etc/resolv.conf")
_PORT = 53


@contextmanager
def in_namespace(path: str) -> Iterator[None]:
    """Run the body in a network namespace that has a name in the file system. Sockets opened there stay there."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc_call("setns", there, 0)
        yield
    finally:
        libc_call("setns", home, 0)
        os.close(there)
        os.close(home)


def servers(view: View) -> list[tuple[str, bool]]:
    """(address, from the host's own network): a loopback address of the host's resolv.conf is the host's."""
    if view.upstream is not None:
        return [(address, False) for address in view.upstream]
    found = []
    for line in _RESOLV_CONF.read_text().splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            found.append((words[1], words[1].startswith("127.") or words[1] == "::1"))
    return found


@dataclass(slots=True, eq=False)
class Pending:
    """A question on its way to others. `reply` takes the answer, once."""

    query: wire.Query
    view: View
    stream: bool
    reply: Callable[[bytes], None]
    left: list[tuple[str, bool]] = field(default_factory=list)
    sock: socket.socket | None = None
    deadline: float = 0.0
    received: bytes = b""
    best: bytes | None = None

    def next(self) -> socket.socket | None:
        """Ask the next server: the socket to watch, or None when there is no more, and the reply has been given."""
        self.close()
        while self.left:
            address, from_host = self.left.pop(0)
            try:
                self.sock = self._open(address, from_host)
            except OSError:
                continue
            self.deadline = time.monotonic() + PATIENCE
            return self.sock
        self.reply(self.best or wire.respond(self.query, wire.SERVFAIL))
        return None

    def _open(self, address: str, from_host: bool) -> socket.socket:
        kind = socket.SOCK_STREAM if self.stream else socket.SOCK_DGRAM
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        if from_host:
            sock = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        else:
            with in_namespace(self.view.namespace):
                sock = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        try:
            sock.connect((address, _PORT))
        except BlockingIOError:
            pass
        except OSError:
            sock.close()
            raise
        if not self.stream:
            sock.send(self.query.wire)
        return sock

    def writable(self) -> None:
        """The connection is there: send the question, its length before it (RFC 1035, section 4.2.2)."""
        assert self.sock
        self.sock.send(len(self.query.wire).to_bytes(2, "big") + self.query.wire)

    def readable(self) -> bool:
        """Take what has come. True when this server is done with, for good or ill; then `answered` or the next."""
        assert self.sock
        data = self.sock.recv(65535)
        if not self.stream:
            return self._take(data)
        self.received += data
        whole = len(self.received) >= 2 and len(self.received) - 2 >= int.from_bytes(self.received[:2], "big")
        return self._take(self.received[2:]) if whole else not data

    def _take(self, answer: bytes) -> bool:
        if answer[:2] != self.query.wire[:2]:
            return False
        self.best = answer
        self.received = b""
        return True

    @property
    def answered(self) -> bool:
        """Whether what came is worth handing on at once."""
        return self.best is not None and wire.rcode(self.best) not in (wire.SERVFAIL, wire.REFUSED)

    def close(self) -> None:
        """Give up the server asked last; harmless where none is asked."""
        if self.sock:
            self.sock.close()
        self.sock = None
