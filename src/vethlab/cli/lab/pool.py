"""Verifying many labs side by side: a process for each, and tokens for what needs a processor.

A lab mostly waits, for the silence that shows that it is broken. Being made is work, and only as many do that at once
as there are processors; tokens in a pipe see to it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ...attempt import Verification, verify
from ...exercise import Prepared
from ...namespace import libc_call
from .making import make

__all__ = ["run_all"]

_PR_SET_PDEATHSIG = 1


def run_all(jobs: Sequence[Prepared], at_once: int, sustain: float) -> Iterator[dict[str, Any]]:
    """The verification of each, as JSON, in their order."""
    from ... import daemon  # noqa: F401 - imported once here, and not in every capsule again

    tokens = _Tokens(os.cpu_count() or 1)
    waiting, under_way = list(enumerate(jobs)), dict[int, _Worker]()
    finished: dict[int, dict[str, Any]] = {}
    told = 0
    while waiting or under_way:
        while waiting and len(under_way) < at_once:
            worker = _set_out(*waiting.pop(0), tokens, sustain)
            under_way[worker.reader] = worker
        for reader in select.select(list(under_way), [], [])[0]:
            if data := os.read(reader, 1 << 16):
                under_way[reader].said += data
            else:
                worker = under_way.pop(reader)
                finished[worker.number] = worker.end()
        while told in finished:
            yield finished.pop(told)
            told += 1


@dataclass
class _Worker:
    """A process that verifies the job of a number."""

    number: int
    job: Prepared
    pid: int
    reader: int
    said: bytes = b""

    def end(self) -> dict[str, Any]:
        """What it said; that of a worker that died is a verification without a state, which is not ok."""
        os.close(self.reader)
        os.waitpid(self.pid, 0)
        document: dict[str, Any] = json.loads(
            self.said or json.dumps(Verification(self.job.id, self.job.seed).to_json())
        )
        return document


def _set_out(number: int, job: Prepared, tokens: _Tokens, sustain: float) -> _Worker:
    reader, writer = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid:
        os.close(writer)
        return _Worker(number, job, pid, reader)
    # A pool that is killed takes its workers along, and each of them its lab.
    libc_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        found = verify(job, make, sustain, tokens.turn)
        os.write(writer, json.dumps(found.to_json()).encode())
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


class _Tokens:
    def __init__(self, count: int) -> None:
        self._reader, self._writer = os.pipe()
        os.write(self._writer, b"t" * count)

    @contextmanager
    def turn(self) -> Iterator[None]:
        os.read(self._reader, 1)
        try:
            yield
        finally:
            os.write(self._writer, b"t")
