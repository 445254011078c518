"""Path MTU: the largest echo request with Don't Fragment set that is answered, and one byte more that is not.

Sizes are of the whole IP packet. The kernel's own path MTU cache is kept out of it (ip(7), IP_PMTUDISC_PROBE), so every
size is really sent, unless the first interface already refuses it. What is judged is the way there: a reply may come
back in fragments. An ICMP error (RFC 1191, RFC 8201) says that a packet of ours was dropped and where to look next; an
answer outweighs it, and a hop that drops in silence (a black hole, RFC 2923) is found just the same.

A round sends several sizes at once, each of them SENDS times before it counts as not passing:
    first    the expected size and one byte more; without an expectation, the sizes of common links
    then     sizes spread over what is still open, until two neighbours are known
"""

from __future__ import annotations

import errno
import secrets
import select
import socket

from ..outcome import Outcome, PathMtu, Timeout
from . import failure
from .exchange import Exchange, Loop
from .icmp import echo_request, open_raw, reply_body
from .patience import SENDS

__all__ = ["MtuExchange", "never_fragment", "spread"]

#: RFC 791 and RFC 8200 section 5: every link carries that much.
_SMALLEST = {4: 68, 6: 1280}
_LARGEST = 65535
_COMMON = (1280, 1400, 1450, 1480, 1500, 1501, 9000)
_HEADERS = {4: 20 + 8, 6: 40 + 8}
_WIDTH = 12
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _IPV6_DONTFRAG, _PROBE = 10, 23, 62, 3


def spread(low: int, high: int, count: int = _WIDTH) -> list[int]:
    """At most `count` sizes that cut what lies strictly between `low` and `high` into equal parts."""
    gap = high - low
    if gap <= count + 1:
        return list(range(low + 1, high))
    return [low + gap * i // (count + 1) for i in range(1, count + 1)]


class MtuExchange(Exchange):
    """`low` is the largest size known to pass (0: none), `high` the smallest known not to."""

    __slots__ = ("failure", "high", "hint", "identifier", "low", "nonce", "sent", "version", "waiting")

    def open(self) -> None:
        sock = open_raw(str(self.row.probe.address))
        self.sockets.append(sock)
        never_fragment(sock)

    def begin(self, loop: Loop) -> None:
        sock, address = self.sockets[0], str(self.row.probe.address)
        self.version = 6 if ":" in address else 4
        self.low, self.high, self.hint = 0, _LARGEST + 1, 0
        self.failure: Outcome | None = None
        self.identifier, self.nonce = secrets.randbelow(65536), secrets.token_bytes(8)
        try:
            sock.connect((address, 0))
            failure.heed(sock)  # not before: an unconnected raw socket hears of errors about every other packet
        except OSError as error:
            self.outcome = failure.explain(sock, error.errno or 0)
            return
        loop.watch(sock, select.EPOLLIN, self)
        self._round(self._first_sizes())

    def _first_sizes(self) -> list[int]:
        expected = self.row.expected.bytes if isinstance(self.row.expected, PathMtu) else None
        sizes = [expected, expected + 1] if expected else [_SMALLEST[self.version], *_COMMON]
        return [s for s in sizes if self._allowed(s)]

    def _allowed(self, size: int) -> bool:
        return _SMALLEST[self.version] <= size <= _LARGEST and self.low < size < self.high

    def _round(self, sizes: list[int]) -> None:
        """Put these sizes to the question."""
        self.waiting: set[int] = set(sizes)
        self.sent = 0
        self._send()

    def again(self, loop: Loop) -> None:
        """The round is over when each size was sent often enough; the last one is given its time as well."""
        if self.sent < SENDS:
            self._send()
        else:
            self.high = min([self.high, *(s for s in self.waiting if s > self.low)])
            self.waiting = set()
        self._go_on()

    def _send(self) -> None:
        self.sent += 1
        for size in sorted(self.waiting):
            data = (self.nonce + size.to_bytes(4, "big")).ljust(size - _HEADERS[self.version], b"\0")
            try:
                self.sockets[0].send(echo_request(self.version, self.identifier, size & 0xFFFF, data))
            except OSError as error:
                self._refused(size, error.errno or 0)
        self._go_on()

    def _refused(self, size: int, number: int) -> None:
        """EMSGSIZE: our own interface is too small. Anything else decides nothing about a size."""
        if number == errno.EMSGSIZE:
            self.high = min(self.high, size)
            self.waiting = {s for s in self.waiting if s < size}
        else:
            self.failure = failure.explain(self.sockets[0], number) or self.failure

    def ready(self, loop: Loop, sock: socket.socket, events: int) -> None:
        while True:
            try:
                body = reply_body(self.version, sock.recv(_LARGEST))
            except BlockingIOError:
                break
            except OSError:
                continue  # the error of one packet; the queue below holds what it says
            self._received(body)
        while events & select.EPOLLERR:
            outcome, told = failure.hint(sock)
            if outcome is None and told is None:
                break
            self.failure, self.hint = outcome or self.failure, told or self.hint
            self._told(told or 0)
        self._go_on()

    def _told(self, mtu: int) -> None:
        """ICMP says of a packet of ours that it was dropped for want of a larger MTU: those sizes are done with."""
        dropped = {s for s in self.waiting if s > mtu >= self.low}
        if mtu and dropped:
            self.high = min(self.high, *dropped)
            self.waiting -= dropped

    def _received(self, body: bytes) -> None:
        size = len(body) - 8 + _HEADERS[self.version]
        if body[8:16] == self.nonce and int.from_bytes(body[16:20], "big") == size:
            self.low = max(self.low, size)
            if self.low >= self.high:  # whoever said that it was dropped was wrong
                self.high = _LARGEST + 1
            self.waiting = {s for s in self.waiting if s > size}

    def _go_on(self) -> None:
        """Conclude, or begin the next round, once nothing of this one is open."""
        if self.waiting or self.outcome is not None:
            return
        smallest = _SMALLEST[self.version]
        if self.high <= smallest:
            self.outcome = self.failure or Timeout()
        elif self.low and self.high - self.low == 1:
            self.outcome = PathMtu(self.low)
        elif not self.low:
            self._round([s for s in (smallest, *_COMMON) if self._allowed(s)] or [smallest])
        else:
            near = [s for s in (self.hint, self.hint + 1) if self._allowed(s)]
            self.hint = 0
            self._round(near or spread(self.low, self.high))

    def expire(self) -> None:
        """The rounds end by themselves: each makes what is open smaller."""
        self.deadline += self.timeout


def never_fragment(sock: socket.socket) -> None:
    """Set DF, go by no cached path MTU (ip(7), IP_PMTUDISC_PROBE; RFC 3542, 11.2), and have room for large answers."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PROBE)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PROBE)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_DONTFRAG, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
