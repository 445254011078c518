"""A question that is known again wherever it passes, by what NAT and tunnels leave alone.

TCP by the initial sequence number we choose, UDP and ICMP by a nonce in the payload, a DNS question by its very bytes.
An ICMP error quotes the packet it is about, and so counts as the answer.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import dns.message

from ..outcome import PathMtu
from ..row import Row
from .icmp import echo_request, open_raw
from .mtu import never_fragment
from .packet import Packet

__all__ = ["ASKS", "Marked", "mark"]

_TCP_REPAIR, _TCP_REPAIR_QUEUE, _TCP_QUEUE_SEQ = 19, 20, 21
_SEND_QUEUE = 2
#: How often a question may be asked.
ASKS = 3

#: `out` for the question, `back` for its answer or an error about it, None for any other packet.
Match = Callable[[Packet], Literal["out", "back"] | None]


@dataclass(frozen=True, slots=True)
class Marked:
    """Sockets in the source's namespace, how to know their packets again, and what sends one."""

    sockets: Sequence[socket.socket]
    match: Match
    ask: Callable[[], None]

    def close(self) -> None:
        """Ask no more."""
        for sock in self.sockets:
            sock.close()


def mark(row: Row) -> Marked:
    """The row's question, which may be asked ASKS times. To be called in the source's network namespace.

    Raises OSError where its sockets cannot be had.
    """
    if row.probe.kind in ("tcp", "http"):
        return _tcp(row)
    if row.probe.kind in ("icmp", "mtu"):
        return _icmp(row)
    return _udp(row)


def _tcp(row: Row) -> Marked:
    """Real connections, one for each time of asking, all with one initial sequence number of our own."""
    address, isn = str(row.probe.address), secrets.randbits(32) | 1
    sockets = [_numbered(address, isn) for _ in range(ASKS)]
    unused = iter(sockets)
    number = isn.to_bytes(4, "big")

    def match(packet: Packet) -> Literal["out", "back"] | None:
        for layer in packet.layers():
            if layer.tcp and layer.tcp.syn and not layer.tcp.has_ack and layer.tcp.seq == isn:
                return "out"
            if layer.tcp and layer.tcp.has_ack and layer.tcp.ack == (isn + 1) & 0xFFFFFFFF:
                return "back"
            if layer.icmp and layer.icmp.is_error and number in layer.payload:
                return "back"
        return None

    return Marked(sockets, match, lambda: _quietly(next(unused).connect, (address, row.probe.port or 0)))


def _numbered(address: str, isn: int) -> socket.socket:
    """A TCP socket that will connect with that sequence number (TCP_REPAIR, needs CAP_NET_ADMIN in its namespace)."""
    sock = socket.socket(_family(address), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR_QUEUE, _SEND_QUEUE)
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_QUEUE_SEQ, struct.pack("=I", isn))
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
    return sock


def _icmp(row: Row) -> Marked:
    """An echo request; for a path MTU one of the expected size, which is the one that should pass."""
    address, nonce = str(row.probe.address), b"vethlab " + secrets.token_bytes(16)
    version = 6 if ":" in address else 4
    sock, data = open_raw(address), nonce
    if row.probe.kind == "mtu":
        never_fragment(sock)
        size = row.expected.bytes if isinstance(row.expected, PathMtu) else None
        data = nonce.ljust((size or 0) - (28 if version == 4 else 48), b"\0")
    message = echo_request(version, secrets.randbelow(65536), 1, data)

    def match(packet: Packet) -> Literal["out", "back"] | None:
        for layer in packet.layers():
            if layer.icmp and nonce in layer.payload:
                return "out" if layer.icmp.type in (8, 128) else "back"
        return None

    _quietly(sock.connect, (address, 0))
    return Marked([sock], match, lambda: _quietly(sock.send, message))


def _udp(row: Row) -> Marked:
    """An answer is what comes with a datagram of ours inside, or for DNS with our id and the response bit."""
    address = str(row.probe.address)
    is_dns = row.probe.kind == "dns"
    payload = _dns_question(row) if is_dns else b"vethlab " + secrets.token_hex(12).encode()
    sock = socket.socket(_family(address), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def match(packet: Packet) -> Literal["out", "back"] | None:
        for layer in packet.layers():
            body = layer.payload
            if layer.udp and not layer.inner and body == payload:
                return "out"
            if layer.udp and not layer.inner and (_answers(body, payload) if is_dns else body.endswith(payload)):
                return "back"
            if layer.icmp and layer.icmp.is_error and payload[:24] in body:
                return "back"
        return None

    _quietly(sock.connect, (address, row.probe.port or (53 if is_dns else 0)))
    return Marked([sock], match, lambda: _quietly(sock.send, payload))


def _dns_question(row: Row) -> bytes:
    assert row.probe.name is not None
    return dns.message.make_query(row.probe.name, row.probe.record).to_wire()


def _answers(body: bytes, question: bytes) -> bool:
    return len(body) >= 12 and body[:2] == question[:2] and bool(body[2] & 0x80) and body[12:][:1] == question[12:13]


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _quietly(send: Callable[..., object], *args: object) -> None:
    """A packet the kernel refuses to send is one that no hop sees; that is what a trace will say."""
    try:
        send(*args)
    except OSError:
        return
