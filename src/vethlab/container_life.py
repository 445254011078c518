"""What Docker remembers of its containers beside their networks: what they run, and of those that do not run, why.

A container that runs is in the world, with addresses and names; one that has ended, or never started, is only here.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from .world import Sandbox

__all__ = ["Again", "Idle", "Lives", "Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """What a container was told: `argv` instead of its image's program, `environment` as NAME=VALUE.

    vethlab's own servers call themselves `identity`. With `remove` it goes when it ends (`--rm`). It was made when
    `created`, in seconds since 1970. `restart` is Docker's policy.
    """

    argv: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    identity: str = ""
    remove: bool = False
    created: float = 0.0
    restart: str = "no"


@dataclass(frozen=True, slots=True)
class Idle:
    """A container that does not run, as it was or shall be.

    It ran from when to when in seconds since 1970, None if it never did, and ended with an exit `status`; `error` is
    what kept it from starting.
    """

    sandbox: Sandbox
    started: float | None = None
    finished: float | None = None
    status: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """A container starts again by itself when time.monotonic() is `at`, None while it runs or will not.

    `pause` are the seconds it waited last; it has been started again `count` times.
    """

    at: float | None = None
    pause: float = 0.0
    count: int = 0


@dataclass(slots=True)
class Lives:
    """`runs` of the containers of emulated engines, and those that do not run, by their names."""

    runs: dict[str, Run] = field(default_factory=dict)
    idle: dict[str, Idle] = field(default_factory=dict)
    again: dict[str, Again] = field(default_factory=dict)
    _watched: dict[str, tuple[int, int]] = field(default_factory=dict)

    def enter(self, names: Iterable[str]) -> None:
        """Containers come to be; those that nobody told anything run what their images do."""
        for name in names:
            self.runs.setdefault(name, Run(identity=name, created=time.time()))

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

    def due(self) -> list[str]:
        """The containers that start again by now."""
        now = time.monotonic()
        return [name for name, again in self.again.items() if again.at is not None and again.at <= now]

    @property
    def patience(self) -> float | None:
        """Seconds until the next one is due; None where none is."""
        waiting = [again.at for again in self.again.values() if again.at is not None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def stay(self, name: str) -> None:
        """It does not start again by itself."""
        self.again.pop(name, None)

    def forget(self, name: str) -> None:
        """Nothing was ever known of it."""
        self.unwatch([name])
        self.stay(name)
        self.runs.pop(name, None)
        self.idle.pop(name, None)

    def clear(self) -> None:
        """Nothing was ever known of any."""
        for name in [*self._watched, *self.runs, *self.idle]:
            self.forget(name)
