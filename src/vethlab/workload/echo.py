"""The echo server: it tells every client who it is and which source address it saw.

TCP   at accept one line `{"identity": NAME, "source": ADDRESS, "port": N}`, then whatever is sent comes back.
UDP   every datagram is answered, from the address it was sent to, with that line and the datagram behind it.
HTTP  200 and JSON with identity, source, method, path, headers.

ADDRESS and N are the client's as seen here, which is how NAT is judged. One process, one thread. Memory is bounded:
at most CONNECTIONS clients (the longest idle one makes room), and no more is read from a client than it takes back.

With a key every answer also has `"proof"`: a keyed hash over the server's name, the client it saw and what that asked
(the datagram, the HTTP path), by which a checker that has the key knows that no other program answered, neither now nor
from what it had heard before. Over TCP the client asks with a line `prove NONCE`, and gets the first line again for it.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress

from . import http

__all__ = ["CONNECTIONS", "proof", "serve"]

CONNECTIONS = 4096
_ACCEPTS_A_TURN = 64
_CHUNK = 64 * 1024
_CHALLENGE = b"prove "
_BUFFER = 256 * 1024
#: setsockopt(2) numbers the socket module has no names for on every version.
_IPV6_RECVPKTINFO = getattr(socket, "IPV6_RECVPKTINFO", 49)
_IPV6_PKTINFO = getattr(socket, "IPV6_PKTINFO", 50)
_IP_PKTINFO = 8


def serve(
    identity: str,
    tcp: Iterable[int] = (7,),
    udp: Iterable[int] = (7,),
    http: Iterable[int] = (80,),
    ready: Callable[[], None] | None = None,
    key: str = "",
    bind: str = "",
) -> None:
    """Serve for ever, on the IPv4 address `bind` or else on every one. `ready` is called once every socket listens.

    Raises OSError where a port cannot be had.
    """
    server = _Server(identity, key, bind)
    for port in tcp:
        server.listen(port, _Echo)
    for port in http:
        server.listen(port, _Http)
    for port in udp:
        server.bind(port)
    if ready:
        ready()
    # As a batch process it does not interrupt whoever asks (sched(7)): it then finds several clients at once.
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    while True:
        server.turn()


def proof(key: str, identity: str, source: str, asked: str | int | None, nonce: bytes = b"") -> str | None:
    """What a server with `key` shows `source`, which asked from a port or for an HTTP path; None without a key.

    `nonce` is what the client has made up for this flow alone; an HTTP path holds its own.
    """
    if not key:
        return None
    import hashlib  # loads OpenSSL, which a server without a key can do without

    return hashlib.blake2s(f"{identity} {source} {asked} ".encode() + nonce, key=key.encode()).hexdigest()


def _any_address(kind: int) -> socket.socket:
    """A socket for both families (ipv6(7), IPV6_V6ONLY), or for IPv4 alone where the kernel has no IPv6."""
    try:
        found = socket.socket(socket.AF_INET6, kind)
    except OSError:
        found = socket.socket(socket.AF_INET, kind)
    else:
        found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.setblocking(False)
    return found


def _bind(kind: int, port: int, address: str) -> socket.socket:
    if address:
        return _bind_ipv4(kind, port, address)
    found = _any_address(kind)
    try:
        found.bind(("::" if found.family == socket.AF_INET6 else "0.0.0.0", port))
    except OSError:
        # With net.ipv6.conf.all.disable_ipv6 the family is there and its addresses are not.
        found.close()
        return _bind_ipv4(kind, port, "0.0.0.0")
    return found


def _bind_ipv4(kind: int, port: int, address: str) -> socket.socket:
    found = socket.socket(socket.AF_INET, kind)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.setblocking(False)
    found.bind((address, port))
    return found


def _shown(address: str) -> str:
    return address[7:] if address.startswith("::ffff:") else address


class _Echo:
    """A client of the TCP echo. `out` is what it has still to take; `ended` that it will send no more."""

    __slots__ = ("ended", "events", "out", "peer", "server", "socket")

    def __init__(self, connection: socket.socket, server: _Server, peer: tuple[str, int]) -> None:
        self.socket = connection
        self.out = bytearray()
        self.ended = False
        self.events = select.EPOLLIN
        self.server, self.peer = server, peer
        self.greet()

    def greet(self) -> None:
        self.send(self.server.line(self.peer))

    def received(self, data: bytes) -> None:
        if self.server.key and data.startswith(_CHALLENGE):
            data = self.server.line(self.peer, data[len(_CHALLENGE) :].rstrip(b"\n"))
        self.send(data)

    def send(self, data: bytes) -> None:
        if not self.out:
            with suppress(BlockingIOError):
                data = data[self.socket.send(data) :]
        self.out += data

    def readable(self) -> None:
        data = self.socket.recv(_CHUNK)
        if data:
            self.received(data)
        else:
            self.ended = True

    def writable(self) -> None:
        with suppress(BlockingIOError):
            del self.out[: self.socket.send(self.out)]

    def wanted(self) -> int:
        """The events to wait for; 0 when all is said."""
        if self.ended:
            return select.EPOLLOUT if self.out else 0
        reading = select.EPOLLIN if len(self.out) < _BUFFER else 0
        return reading | (select.EPOLLOUT if self.out else 0)


class _Http(_Echo):
    """A client of the HTTP server. `body` counts the bytes of a request body still to be thrown away.

    `last` is set when no further request is taken; the body is read to its end even then, for closing with bytes unread
    sends RST, and that may overtake the response (RFC 9112, section 9.6).
    """

    __slots__ = ("body", "buffer", "last")

    def greet(self) -> None:
        self.buffer = bytearray()
        self.body = 0
        self.last = False

    def received(self, data: bytes) -> None:
        self.buffer += data
        while not self.ended:
            skipped = min(self.body, len(self.buffer))
            del self.buffer[:skipped]
            self.body -= skipped
            self.ended = self.last and not self.body
            request = None if self.body or self.last else http.parse(self.buffer)
            if request is None:
                return
            self.body, self.last = request.body, not request.keep_alive
            shown = proof(self.server.key, self.server.identity, self.peer[0], request.path)
            self.send(http.respond(request, self.server.identity, self.peer[0], shown))


class _Server:
    def __init__(self, identity: str, key: str, bind: str) -> None:
        self.identity, self.key, self._address = identity, key, bind
        self._prefix = '{"identity": ' + json.dumps(identity) + ', "source": "'
        self._epoll = select.epoll()
        self._listeners: dict[int, tuple[socket.socket, type[_Echo]]] = {}
        self._datagrams: dict[int, socket.socket] = {}
        #: In the order of their last sign of life.
        self._clients: dict[int, _Echo] = {}

    def line(self, peer: tuple[str, int], nonce: bytes = b"") -> bytes:
        shown = proof(self.key, self.identity, *peer, nonce)
        more = f', "proof": "{shown}"' if shown else ""
        return f'{self._prefix}{peer[0]}", "port": {peer[1]}{more}}}\n'.encode()

    def listen(self, port: int, kind: type[_Echo]) -> None:
        listener = _bind(socket.SOCK_STREAM, port, self._address)
        listener.listen(4096)
        self._listeners[listener.fileno()] = listener, kind
        self._epoll.register(listener, select.EPOLLIN)

    def bind(self, port: int) -> None:
        found = _bind(socket.SOCK_DGRAM, port, self._address)
        if found.family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
        else:
            found.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._datagrams[found.fileno()] = found
        self._epoll.register(found, select.EPOLLIN)

    def turn(self) -> None:
        """Wait for something to happen, and see to it."""
        for number, events in self._epoll.poll():
            if number in self._clients:
                self._attend(number, events)
            elif number in self._listeners:
                self._accept(*self._listeners[number])
            elif number in self._datagrams:
                self._answer(self._datagrams[number])

    def _accept(self, listener: socket.socket, kind: type[_Echo]) -> None:
        for _ in range(_ACCEPTS_A_TURN):
            try:
                connection, peer = listener.accept()
            except BlockingIOError:
                return
            except OSError:
                # Out of descriptors, or the client is gone already (accept(2), "Error handling").
                return self._make_room()
            connection.setblocking(False)
            self._admit(connection, kind, (_shown(peer[0]), peer[1]))

    def _admit(self, connection: socket.socket, kind: type[_Echo], peer: tuple[str, int]) -> None:
        if len(self._clients) >= CONNECTIONS:
            self._make_room()
        try:
            client = kind(connection, self, peer)
        except OSError:
            return connection.close()
        self._clients[connection.fileno()] = client
        self._epoll.register(connection.fileno(), client.events)

    def _make_room(self) -> None:
        if self._clients:
            self._drop(next(iter(self._clients)))

    def _drop(self, number: int) -> None:
        self._clients.pop(number).socket.close()

    def _attend(self, number: int, events: int) -> None:
        client = self._clients[number]
        try:
            if events & select.EPOLLOUT:
                client.writable()
            if events & ~select.EPOLLOUT and not client.ended:
                client.readable()
        except BlockingIOError:
            pass
        except OSError:
            return self._drop(number)
        # A client that is gone for good is not waited for, whatever it had still to take.
        wanted = 0 if events & select.EPOLLERR else client.wanted()
        if not wanted:
            return self._drop(number)
        self._clients[number] = self._clients.pop(number)
        if wanted != client.events:
            client.events = wanted
            self._epoll.modify(number, wanted)

    def _answer(self, found: socket.socket) -> None:
        for _ in range(_ACCEPTS_A_TURN):
            try:
                data, control, _flags, peer = found.recvmsg(65535, socket.CMSG_SPACE(20))
            except OSError:
                return
            line = self.line((_shown(peer[0]), peer[1]), data)
            # The answer of a datagram too large to answer whole is cut, so that there is one.
            with suppress(OSError):
                found.sendmsg([(line + data)[:65507]], _from_where_it_came(control), 0, peer)


def _from_where_it_came(control: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """The control message that answers from the address asked (ip(7) IP_PKTINFO, RFC 3542 section 6)."""
    for level, kind, data in control:
        if level == socket.IPPROTO_IPV6 and kind == _IPV6_PKTINFO:
            address, index = data[:16], struct.unpack("=i", data[16:20])[0]
            # Only a link-local address needs its interface; elsewhere the way back is for routing to find.
            scope = index if address[:2] == b"\xfe\x80" else 0
            return [(level, kind, address + struct.pack("=i", scope))]
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            return [(level, kind, struct.pack("=i", 0) + data[8:12] + bytes(4))]
    return []
