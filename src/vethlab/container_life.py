"""What Docker remembers of its containers beside their networks: what they run, and of those that ended, how.

A container that runs is in the world, with addresses and names; one that has ended is only here.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterable
from dataclasses import dataclass, field

from .world import Sandbox

__all__ = ["Ended", "Lives", "Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """What a container was told: `argv` instead of its image's program, `environment` as NAME=VALUE.

    vethlab's own servers call themselves `identity`. With `remove` it goes when it ends (`--rm`).
    """

    argv: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    identity: str = ""
    remove: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """A container that runs no more, as it was; from when to when in seconds since 1970, and its exit status."""

    sandbox: Sandbox
    started: float
    finished: float
    status: int


@dataclass(slots=True)
class Lives:
    """`runs` of the containers that docker commands made, `ended` of those stopped or ended, by their names."""

    runs: dict[str, Run] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    _watched: dict[str, tuple[int, int]] = field(default_factory=dict)

    def watch(self, name: str, pid: int) -> None:
        """From now on `main_program` and `dying` know its main program, process `pid`."""
        self.unwatch([name])
        try:
            self._watched[name] = pid, os.pidfd_open(pid)
        except ProcessLookupError:  # it was quick
            reading, writing = os.pipe()
            os.close(writing)
            self._watched[name] = 0, reading

    def unwatch(self, names: Iterable[str]) -> None:
        """Whoever ends these knows of it."""
        for name in names:
            if name in self._watched:
                os.close(self._watched.pop(name)[1])

    def main_program(self, name: str) -> int | None:
        """The process id of a container's main program; None where nobody watches, 0 where it has ended."""
        return self._watched[name][0] if name in self._watched else None

    @property
    def descriptors(self) -> list[int]:
        """Each is ready to be read once a main program has ended (pidfd_open(2))."""
        return [descriptor for _, descriptor in self._watched.values()]

    def dying(self) -> list[str]:
        """The containers whose main program has ended by now."""
        ready, _, _ = select.select(self.descriptors, [], [], 0)
        return [name for name, (_, descriptor) in self._watched.items() if descriptor in ready]

    def forget(self, name: str) -> None:
        """Nothing was ever known of it."""
        self.unwatch([name])
        self.runs.pop(name, None)
        self.ended.pop(name, None)

    def clear(self) -> None:
        """Nothing was ever known of any."""
        for name in [*self._watched, *self.runs, *self.ended]:
            self.forget(name)
