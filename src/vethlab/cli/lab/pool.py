"""Verifying many labs side by side: a process for each, and tokens for what needs a processor.

A lab mostly waits, for the silence that shows that it is broken. Coming up is work, and only as many do that at once
as there are processors; tokens in a pipe see to it.
"""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...attempt import Verification, verify
from ...capsule import Registered
from ...exercise import Prepared
from .making import make

__all__ = ["run_all"]


def run_all(jobs: Sequence[Prepared], at_once: int, sustain: float) -> Iterator[dict[str, Any]]:
    """The verification of each, as JSON, in the order in which they finish."""
    from ... import daemon  # noqa: F401 - imported once here, and not in every capsule again

    tokens = _Tokens(os.cpu_count() or 1)
    waiting, under_way = list(jobs), dict[int, tuple[int, Prepared, bytearray]]()
    while waiting or under_way:
        while waiting and len(under_way) < at_once:
            job = waiting.pop(0)
            reader, pid = _set_out(job, tokens, sustain)
            under_way[reader] = (pid, job, bytearray())
        for reader in select.select(list(under_way), [], [])[0]:
            if data := os.read(reader, 1 << 16):
                under_way[reader][2].extend(data)
            else:
                yield _finished(reader, *under_way.pop(reader))


def _set_out(job: Prepared, tokens: _Tokens, sustain: float) -> tuple[int, int]:
    reader, writer = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid:
        os.close(writer)
        return reader, pid
    try:
        found = verify(job, tokens.making, sustain)
        os.write(writer, json.dumps(found.to_json()).encode())
    finally:
        os._exit(0)


def _finished(reader: int, pid: int, job: Prepared, said: bytearray) -> dict[str, Any]:
    os.close(reader)
    os.waitpid(pid, 0)
    if said:
        document: dict[str, Any] = json.loads(said)
        return document
    return Verification(job.id, job.seed).to_json()


class _Tokens:
    def __init__(self, count: int) -> None:
        self._reader, self._writer = os.pipe()
        os.write(self._writer, b"t" * count)

    @contextmanager
    def making(self, prepared: Prepared) -> Iterator[Registered]:
        os.read(self._reader, 1)
        context = make(prepared)
        try:
            lab = context.__enter__()
        finally:
            os.write(self._writer, b"t")
        try:
            yield lab
        finally:
            context.__exit__(None, None, None)
