"""One row under way: the sockets it has open, and what it does when one is ready or time passes."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from typing import Protocol

from ..outcome import Outcome, Timeout
from ..row import Row
from .patience import SENDS, seconds

__all__ = ["Exchange", "Loop"]


class Loop(Protocol):
    """What an exchange may ask of the loop that drives it."""

    def watch(self, sock: socket.socket, events: int, owner: Exchange) -> None:
        """Call `ready` of the owner whenever one of `events` (epoll(7)) comes about, until the socket is closed."""

    def rewatch(self, sock: socket.socket, events: int) -> None:
        """Other events from now on, of a socket that is watched."""

    def wake(self, owner: Exchange, when: float) -> None:
        """Call `again` of the owner, or `expire` after its deadline, once `when` has come; not where it is over."""


class Exchange(ABC):
    """`open` and `again` run in the source's network namespace, the rest anywhere: a socket stays where it was opened.

    All times are time.monotonic(), in seconds.
    It is over as soon as `outcome` is set. `again` is called every `interval` seconds until then, and `expire` once
    `deadline` has passed.
    """

    __slots__ = ("deadline", "index", "interval", "outcome", "row", "seconds", "sends", "sockets", "started", "timeout")

    def __init__(self, row: Row, timeout: float, index: int = 0) -> None:
        self.row, self.index, self.timeout = row, index, timeout
        self.interval = timeout / SENDS
        self.outcome: Outcome | None = None
        self.sockets: list[socket.socket] = []
        self.started = self.deadline = self.seconds = 0.0
        self.sends = 0

    def start(self, loop: Loop, now: float) -> None:
        """Put the question for the first time."""
        self.started, self.deadline = now, now + seconds(self.row.expected, self.timeout)
        self.begin(loop)

    @abstractmethod
    def open(self) -> None:
        """Open the socket."""

    @abstractmethod
    def begin(self, loop: Loop) -> None:
        """Ask on the socket opened last."""

    @abstractmethod
    def again(self, loop: Loop) -> None:
        """Send once more: nothing has come so far."""

    @abstractmethod
    def ready(self, loop: Loop, sock: socket.socket, events: int) -> None:
        """Something can be read or written, or has failed."""

    def expire(self) -> None:
        """Set the outcome of having waited in vain, or a later deadline."""
        self.outcome = Timeout()

    def close(self) -> None:
        """Close every socket it still has open."""
        for sock in self.sockets:
            sock.close()
        self.sockets.clear()
