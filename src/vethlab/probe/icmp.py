"""ICMP echo (RFC 792, RFC 4443 section 4) on raw sockets: a request with a nonce, and the reply that bears it."""

from __future__ import annotations

import secrets
import socket
import struct

from ..outcome import Reached
from .exchange import Loop
from .udp import DatagramExchange

__all__ = ["IcmpExchange", "checksum", "echo_request", "open_raw", "reply_body"]

_ICMP_FILTER = 1
_ICMP6_FILTER = 1
_SOL_RAW = 255
_HEADER = struct.Struct("!BBHHH")


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b"\0" if len(data) % 2 else data
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo_request(version: int, identifier: int, sequence: int, data: bytes) -> bytes:
    """The ICMP message without IP header; for IPv6 the kernel fills in the checksum (RFC 3542, section 3.1)."""
    if version == 6:
        return _HEADER.pack(128, 0, 0, identifier, sequence) + data
    bare = _HEADER.pack(8, 0, 0, identifier, sequence) + data
    return _HEADER.pack(8, 0, checksum(bare), identifier, sequence) + data


def open_raw(address: str) -> socket.socket:
    """A raw socket on which nothing but echo replies (and errors) arrive."""
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK
    if ":" in address:
        sock = socket.socket(socket.AF_INET6, kind, socket.IPPROTO_ICMPV6)
        words = [0xFFFFFFFF] * 8
        words[129 // 32] &= ~(1 << 129 % 32)
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *words))
    else:
        sock = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", 0xFFFFFFFF & ~1))
    return sock


def reply_body(version: int, packet: bytes) -> bytes:
    """The ICMP message of what a raw socket received: for IPv4 there is an IP header before it (raw(7))."""
    return packet[(packet[0] & 15) * 4 :] if version == 4 else packet


class IcmpExchange(DatagramExchange):
    """Reached when the reply bears our nonce. ICMP echo tells neither the source seen nor a name."""

    __slots__ = ("nonce",)

    def new_socket(self, address: str) -> socket.socket:
        return open_raw(address)

    def port(self) -> int:
        return 0

    @property
    def version(self) -> int:
        """The IP version of the address asked, 4 or 6."""
        return 6 if ":" in str(self.row.probe.address) else 4

    def message(self) -> bytes:
        self.nonce = b"vethlab " + secrets.token_bytes(16)
        return echo_request(self.version, secrets.randbelow(65536), 1, self.nonce)

    def received(self, loop: Loop, data: bytes) -> None:
        if reply_body(self.version, data)[8:] == self.nonce:
            self.outcome = Reached()
