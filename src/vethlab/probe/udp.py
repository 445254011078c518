"""UDP: a datagram with a nonce; the echo server answers with its line and the datagram behind it."""

from __future__ import annotations

import secrets
import select
import socket

from ..outcome import Reached
from . import failure
from .exchange import Exchange, Loop
from .tcp import banner

__all__ = ["DatagramExchange", "UdpExchange"]


class DatagramExchange(Exchange):
    """A connected datagram socket, on which the same datagram is sent until an answer comes.

    Being connected it takes answers only from the address it asked (udp(7)): an answer from elsewhere is of no use to a
    real client either.
    """

    __slots__ = ("payload",)

    def open(self) -> None:
        sock = self.new_socket(str(self.row.probe.address))
        self.sockets.append(sock)

    def new_socket(self, address: str) -> socket.socket:
        """A socket of the address's family, not yet connected, that does not block."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def begin(self, loop: Loop) -> None:
        sock = self.sockets[0]
        self.payload = self.message()
        try:
            sock.connect((self.row.probe.address, self.port()))
            failure.heed(sock)  # not before: an unconnected raw socket hears of errors about every other packet
        except OSError as error:
            self.failed(sock, error)
            return
        loop.watch(sock, select.EPOLLIN, self)
        self.again(loop)

    def port(self) -> int:
        """Where it is sent to; 0 where the protocol has no ports."""
        return self.row.probe.port or 0

    def message(self) -> bytes:
        """The datagram, with a nonce by which its answer is known. Asked for once."""
        raise NotImplementedError

    def again(self, loop: Loop) -> None:
        sock = self.sockets[0]
        self.sends += 1
        try:
            sock.send(self.payload)
        except OSError as error:
            self.failed(sock, error)

    def ready(self, loop: Loop, sock: socket.socket, events: int) -> None:
        try:
            while self.outcome is None:
                self.received(loop, sock.recv(65536))
        except BlockingIOError:
            if events & select.EPOLLERR:
                self.outcome = failure.explain(sock, 0)
        except OSError as error:
            self.failed(sock, error)

    def failed(self, sock: socket.socket, error: OSError) -> None:
        """Set the outcome that an error of connect, send or recv means; some mean none, and it goes on."""
        self.outcome = failure.explain(sock, error.errno or 0)

    def received(self, loop: Loop, data: bytes) -> None:
        """Set the outcome where `data` answers what was asked."""
        raise NotImplementedError


class UdpExchange(DatagramExchange):
    """Any answer at all shows that the server is reached; that of the echo server tells who it is."""

    __slots__ = ()

    def message(self) -> bytes:
        return b"vethlab " + secrets.token_hex(12).encode()

    def received(self, loop: Loop, data: bytes) -> None:
        self.outcome = banner(data) if data.endswith(self.payload) else Reached()
