"""Watching whole places: every interface of each, whoever made it, by one socket for a network namespace."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType

from ..errors import LabError
from ..namespace import inside
from .capture import Capture, stamp, stamped
from .packet import Packet

__all__ = ["Watch"]

#: Seconds to wait for the kernel to note times. It takes a few milliseconds; without it only the order may be wrong.
_PATIENCE = 0.2
#: How many places are tried for that.
_TRIES = 3


class Watch:
    """A context manager; it looks from its making to its end.

    `places` are names, and `pids` has a process of each; None is our own. Where several share a network namespace, the
    first gives it its name. A place that has ended is not watched.
    """

    def __init__(self, places: Iterable[str], pids: Mapping[str, int | None]) -> None:
        self._stack = ExitStack()
        self._names: dict[str, str] = {}
        self._interfaces: dict[str, frozenset[str]] = {}
        self._captures: dict[int, tuple[str, Capture]] = {}
        self._poll = select.poll()
        namespaces: dict[int, str] = {}
        for place in dict.fromkeys(places):
            with suppress(LabError, OSError):
                self._names[place] = namespaces.setdefault(_namespace(pids[place]), place)
                if self._names[place] == place:
                    self._look(place, pids[place])
        any(_notes_times(pids[place]) for place in islice(self._interfaces, _TRIES))

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _look(self, place: str, pid: int | None) -> None:
        capture = self._stack.enter_context(Capture(pid, None))
        self._interfaces[place] = _interfaces(pid)
        self._captures[capture.fileno()] = place, capture
        self._poll.register(capture.fileno(), select.POLLIN)

    def name(self, place: str) -> str | None:
        """By which name packets of that place come; None where nobody looks."""
        name = self._names.get(place)
        return name if name in self._interfaces else None

    def lacks(self, place: str, interface: str) -> bool:
        """Whether nothing in that place, which is watched, had such a name when the watch began."""
        return interface not in self._interfaces[self._names[place]]

    def wait(self, timeout: float) -> Iterator[tuple[str, Packet]]:
        """What has come since the last time, with its place; waits at most `timeout` seconds for the first of it."""
        for descriptor, _event in self._poll.poll(max(0.0, timeout) * 1000):
            place, capture = self._captures[descriptor]
            yield from ((place, packet) for packet in capture.fresh())


def _notes_times(pid: int | None) -> bool:
    """Wait until the kernel notes when packets pass: from a moment after a socket asked for it (net_enable_timestamp).

    One without a time is given that of its reading, by which nothing can be put in order. Asked of a packet over the
    place's loopback; False where there is none.
    """
    try:
        with _opened(pid) as sock:
            sock.settimeout(_PATIENCE)
            sock.bind(("127.0.0.1", 0))
            stamp(sock)
            deadline = time.monotonic() + _PATIENCE
            while not _is_stamped(sock) and time.monotonic() < deadline:
                pass
    except OSError:
        return False
    return True


def _opened(pid: int | None) -> socket.socket:
    if pid is None:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with inside(pid):
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def _is_stamped(sock: socket.socket) -> bool:
    sock.sendto(b"", sock.getsockname())
    sent = time.time_ns()
    _data, control, _flags, _address = sock.recvmsg(1, 64)
    return stamped(control) < sent


def _namespace(pid: int | None) -> int:
    return Path("/proc", "self" if pid is None else str(pid), "ns/net").stat().st_ino


def _interfaces(pid: int | None) -> frozenset[str]:
    if pid is None:
        return frozenset(name for _, name in socket.if_nameindex())
    with inside(pid):
        return frozenset(name for _, name in socket.if_nameindex())
