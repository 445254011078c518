"""What an error of a socket says about the network: errno(3), and the ICMP message behind it (ip(7), IP_RECVERR)."""

from __future__ import annotations

import errno
import socket
import struct
from contextlib import suppress

from ..outcome import NotMeasured, Outcome, Refused, Unreachable

__all__ = ["explain", "heed", "hint", "meaning"]

_IP_RECVERR = 11
_IPV6_RECVERR = 25
#: struct sock_extended_err: errno, origin, type, code, pad, info, data (linux/errqueue.h).
_EXTENDED = struct.Struct("=IBBBBII")
_ORIGIN_ICMP = (2, 3)

#: ICMP type 3 (RFC 792, RFC 1812 section 5.2.7.1) and ICMPv6 type 1 (RFC 4443 section 3.1), by code.
_V4: dict[int, Outcome] = {
    **dict.fromkeys((0, 6, 11), Unreachable("network")),
    **dict.fromkeys((1, 7, 8, 12), Unreachable("host")),
    **dict.fromkeys((9, 10, 13), Unreachable("prohibited")),
    3: Refused(),
}
_V6: dict[int, Outcome] = {
    0: Unreachable("network"),
    3: Unreachable("host"),
    **dict.fromkeys((1, 5, 6), Unreachable("prohibited")),
    4: Refused(),
}
#: Without an ICMP message the kernel itself said no, by its own routes or neighbours.
_LOCAL: dict[int, Outcome] = {
    errno.ECONNREFUSED: Refused(),
    errno.ECONNRESET: Refused(),
    errno.ENETUNREACH: Unreachable("no-route"),
    errno.EADDRNOTAVAIL: Unreachable("no-route"),
    errno.EINVAL: Unreachable("no-route"),  # a blackhole route (ip-route(8))
    errno.EHOSTUNREACH: Unreachable("host"),
    errno.EHOSTDOWN: Unreachable("host"),
    errno.EACCES: Unreachable("prohibited"),
}
#: The packet did not leave (a filter in OUTPUT, no buffer): for the one who waits, it is lost like any other.
_LOST = {errno.EPERM, errno.ENOBUFS, errno.EMSGSIZE, errno.EAGAIN, errno.ETIMEDOUT, errno.EPROTO}


def heed(sock: socket.socket) -> None:
    """Have ICMP errors reported on `sock`, with their type and code."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)


def _queued(sock: socket.socket) -> tuple[int, int, int, int, int] | None:
    """(errno, origin, type, code, info) of the next message of the error queue."""
    with suppress(OSError):
        for level, kind, data in sock.recvmsg(512, 256, socket.MSG_ERRQUEUE)[1]:
            if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
                number, origin, type_, code, _, info, _ = _EXTENDED.unpack_from(data)
                return number, origin, type_, code, info
    return None


def explain(sock: socket.socket, number: int) -> Outcome | None:
    """The outcome of `sock` failing with errno `number`; None where it says nothing and one must wait on."""
    queued = _queued(sock)
    if queued is not None and queued[1] in _ORIGIN_ICMP:
        return icmp_meaning(*queued[1:4])
    return meaning(queued[0] if queued is not None and not number else number)


def icmp_meaning(origin: int, type_: int, code: int) -> Outcome | None:
    """`origin` 2 is ICMP, 3 is ICMPv6. None for Packet Too Big, which TCP and fragmentation see to themselves."""
    if (origin, type_, code) == (2, 3, 4) or (origin, type_) == (3, 2):
        return None
    table, unreachable = (_V4, 3) if origin == 2 else (_V6, 1)
    other = Unreachable(f"other:{type_}/{code}")
    return table.get(code, other) if type_ == unreachable else other


def meaning(number: int) -> Outcome | None:
    """The outcome of an errno alone."""
    if not number or number in _LOST:
        return None
    return _LOCAL.get(number) or NotMeasured(f"the probe failed: {errno.errorcode.get(number, number)}")


def hint(sock: socket.socket) -> tuple[Outcome | None, int | None]:
    """The next error of the queue as (outcome, MTU told by ICMP), either None."""
    queued = _queued(sock)
    if queued is None:
        return None, None
    number, origin, type_, code, info = queued
    if number == errno.EMSGSIZE:
        return None, info
    return (icmp_meaning(origin, type_, code) if origin in _ORIGIN_ICMP else meaning(number)), None
