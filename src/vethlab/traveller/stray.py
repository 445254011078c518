"""A TCP answer nobody asked for: what a firewall that tracks connections calls invalid."""

from __future__ import annotations

import os
import socket
import struct
import time
from contextlib import closing

__all__ = ["stray"]

_SYN_ACK, _RST = 0x12, 0x04
_SEGMENT = struct.Struct("!HHIIBBHHH")
_SENDS = 2


def stray(address: str, port: int, seconds: float) -> None:
    """Send SYN-ACK to a port: whoever gets it says RST (RFC 9293, section 3.10.7). Raises TimeoutError without one."""
    with (
        closing(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)) as raw,
        closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as kept,
    ):
        raw.connect((address, 0))
        own = raw.getsockname()[0]
        kept.bind((own, 0))
        local = kept.getsockname()[1]
        for _ in range(_SENDS):
            raw.send(_segment(own, address, local, port))
            if _reset(raw, local, port, seconds / _SENDS):
                return
    raise TimeoutError


def _reset(raw: socket.socket, local: int, port: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        raw.settimeout(left)
        try:
            packet = raw.recv(65535)
        except TimeoutError:
            return False
        there, here, *_, flags = struct.unpack_from("!HHIIBB", packet, (packet[0] & 0xF) * 4)
        if (there, here) == (port, local) and flags & _RST:
            return True
    return False


def _segment(own: str, address: str, local: int, port: int) -> bytes:
    """A header without data, and its checksum, which is over the addresses too (RFC 9293, section 3.1)."""
    numbers = struct.unpack("!II", os.urandom(8))
    bare = _SEGMENT.pack(local, port, *numbers, 5 << 4, _SYN_ACK, 64240, 0, 0)
    pseudo = socket.inet_aton(own) + socket.inet_aton(address) + struct.pack("!HH", socket.IPPROTO_TCP, len(bare))
    total = sum(struct.unpack(f"!{(len(pseudo) + len(bare)) // 2}H", pseudo + bare))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return bare[:16] + struct.pack("!H", ~total & 0xFFFF) + bare[18:]
