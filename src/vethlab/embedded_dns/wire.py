"""DNS messages (RFC 1035, section 4) as far as the embedded name server reads and writes them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "AAAA",
    "MX",
    "NOERROR",
    "PTR",
    "REFUSED",
    "SERVFAIL",
    "A",
    "Malformed",
    "Query",
    "parse",
    "rcode",
    "respond",
]

A, PTR, MX, AAAA, _OPT = 1, 12, 15, 28, 41
NOERROR, SERVFAIL, REFUSED = 0, 2, 5
#: Seconds; what Docker says of its own names.
TTL = 600
_HEADER = struct.Struct("!6H")
_QR, _TC, _RD, _RA = 0x8000, 0x0200, 0x0100, 0x0080
_OPCODE = 0x7800
#: Octets of a UDP answer to one who did not say how much it takes (RFC 1035, section 4.2.1).
_SMALLEST = 512


class Malformed(ValueError):
    """Not a question with one name."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `name` is lower-case and without a closing dot, `room` the octets an answer over UDP may have."""

    wire: bytes
    number: int
    flags: int
    name: str
    kind: int
    question: bytes
    room: int


def parse(wire: bytes) -> Query:
    """The question in a message. Raises Malformed."""
    try:
        number, flags, questions, *_, additional = _HEADER.unpack_from(wire)
        if flags & (_QR | _OPCODE) or questions != 1:
            raise Malformed("not one standard query")
        labels, at = _labels(wire, _HEADER.size)
        kind, _ = struct.unpack_from("!HH", wire, at)
        room = _room(wire, at + 4) if additional else _SMALLEST
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from None
    return Query(wire, number, flags, ".".join(labels).lower(), kind, wire[_HEADER.size : at + 4], room)


def _labels(wire: bytes, at: int) -> tuple[list[str], int]:
    labels = []
    while length := wire[at]:
        if length > 63:
            raise Malformed("a question is not compressed")
        labels.append(wire[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    return labels, at + 1


def _room(wire: bytes, at: int) -> int:
    """What EDNS says the sender takes (RFC 6891, section 6.1.2): the class of an OPT record."""
    name, kind, size = struct.unpack_from("!BHH", wire, at)
    return max(_SMALLEST, size) if (name, kind) == (0, _OPT) else _SMALLEST


def respond(query: Query, code: int, records: Sequence[str] = (), *, room: int | None = None) -> bytes:
    """An answer: addresses for A and AAAA, names for PTR. What does not fit is left out, and TC says so."""
    flags = _QR | _RA | (query.flags & _RD) | code
    body, count = b"", 0
    for record in records:
        packed = _record(query.kind, record)
        if room is not None and _HEADER.size + len(query.question) + len(body) + len(packed) > room:
            flags |= _TC
            break
        body, count = body + packed, count + 1
    return _HEADER.pack(query.number, flags, 1, count, 0, 0) + query.question + body


def _record(kind: int, text: str) -> bytes:
    if kind == PTR:
        data = b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"
    else:
        data = socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, text)
    return struct.pack("!HHHIH", 0xC00C, kind, 1, TTL, len(data)) + data  # 0xC00C points at the question's name


def rcode(wire: bytes) -> int:
    """The response code of an answer; SERVFAIL of what is none."""
    return wire[3] & 0xF if len(wire) >= _HEADER.size else SERVFAIL
