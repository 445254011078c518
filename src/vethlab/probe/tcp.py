"""TCP: connect, and read the line the echo server says first. A server that says nothing is reached all the same."""

from __future__ import annotations

import errno
import json
import select
import socket
import struct

from ..outcome import Outcome, Reached
from . import failure
from .exchange import Exchange, Loop
from .patience import SENDS

__all__ = ["TcpExchange", "banner", "is_connected", "open_socket"]

#: Close with RST: nothing of a probe stays behind in TIME-WAIT, neither here nor in anybody's conntrack table.
_ABORT = struct.pack("=ii", 1, 0)


def open_socket(address: str) -> socket.socket:
    """It does not block, hears of ICMP errors, and closes by RST, so that nothing stays in TIME_WAIT (socket(7))."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    failure.heed(sock)
    return sock


def is_connected(sock: socket.socket) -> bool:
    """Whether the other side has accepted: until then there is no peer (getpeername(2))."""
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def banner(data: bytes) -> Reached:
    """What the echo server's line tells; of anything else, only that somebody is there."""
    try:
        said = json.loads(data.partition(b"\n")[0])
        return Reached(said["source"], said["identity"])
    except (ValueError, KeyError, TypeError):
        return Reached()


class TcpExchange(Exchange):
    """A server that waits for its client to speak is given one interval, or the whole time where a name is expected."""

    __slots__ = ()
    events = select.EPOLLIN

    def open(self) -> None:
        self.sockets.append(open_socket(str(self.row.probe.address)))

    def begin(self, loop: Loop) -> None:
        sock, probe = self.sockets[-1], self.row.probe
        self.sends += 1
        number = sock.connect_ex((probe.address, probe.port))
        if number in (0, errno.EINPROGRESS):
            loop.watch(sock, self.events, self)
        else:
            self.failed(sock, number)

    def again(self, loop: Loop) -> None:
        if any(is_connected(s) for s in self.sockets):
            if not self.answer_is_expected():
                self.outcome = Reached()
        elif self.sends < SENDS:
            self.open()
            self.begin(loop)

    def answer_is_expected(self) -> bool:
        """Whether the row wants to know what only the server's line tells."""
        expected = self.row.expected
        return isinstance(expected, Reached) and (expected.source or expected.identity) is not None

    def ready(self, loop: Loop, sock: socket.socket, events: int) -> None:
        try:
            self.outcome = banner(sock.recv(4096))
        except BlockingIOError:
            if events & select.EPOLLERR:
                self.outcome = failure.explain(sock, 0)
        except OSError as error:
            self.failed(sock, error.errno or 0)

    def failed(self, sock: socket.socket, number: int) -> None:
        """An errno that decides nothing leaves it to the other connections, and to time."""
        self.outcome = failure.explain(sock, number)
        if self.outcome is None and number:
            sock.close()
            self.sockets.remove(sock)

    def expire(self) -> None:
        if any(is_connected(s) for s in self.sockets):
            self.outcome = self.silent()
        else:
            super().expire()

    def silent(self) -> Outcome:
        """The outcome of a server that took the connection and said nothing."""
        return Reached()
