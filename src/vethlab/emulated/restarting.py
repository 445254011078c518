"""Containers that start again by themselves when they end (`docker run --restart`).

Source: moby, restartmanager: the pause before doubles from 100 ms to a minute, and is short again after a longer life.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from ..container_life import Again
from ..errors import LabError
from ..lab import Lab
from .creation import begin
from .engine import Engine
from .refusal import Refusal

__all__ = ["plan", "revive"]

_FIRST, _LONGEST = 0.1, 60.0
#: Seconds of a life after which it counts as steady.
_STEADY = 10.0


def plan(lab: Lab, name: str) -> None:
    """A container has ended by itself: it may be due again."""
    ended, run, before = lab.lives.idle.get(name), lab.lives.runs.get(name), lab.lives.again.get(name, Again())
    if ended is None or run is None or not _is_wanted(run.restart, ended.status, before.count):
        return
    lived = (ended.finished or 0.0) - (ended.started or 0.0)
    pause = min(2 * before.pause, _LONGEST) if before.pause and lived < _STEADY else _FIRST
    lab.lives.again[name] = Again(time.monotonic() + pause, pause, before.count + 1)


def _is_wanted(policy: str, status: int, times: int) -> bool:
    name, _, most = policy.partition(":")
    if name == "on-failure":
        return status != 0 and (not most or times < int(most))
    return name in ("always", "unless-stopped")


def revive(lab: Lab) -> None:
    """Those that are due start. One that cannot stays as it is, with the reason."""
    for name in lab.lives.due():
        lab.lives.again[name] = replace(lab.lives.again[name], at=None)
        each = lab.lives.idle[name].sandbox
        try:
            begin(Engine(lab, each.node), each)
        except (LabError, Refusal, OSError) as error:
            print(f"{name} did not start again: {error}", file=sys.stderr)
