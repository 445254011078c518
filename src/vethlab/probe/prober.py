"""Observing rows: a forked child opens the sockets, this side keeps the books.

Whatever happens to the child, a row it did not report is not measured. It reports over a pipe, at least once a second;
when it falls silent it is killed.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence

from ..outcome import NotMeasured
from ..row import Observation, Row
from .campaign import Result, campaign
from .patience import is_denial

__all__ = ["observe", "settle"]

#: Seconds without a word after which a child is taken for stuck. It says something every second.
_SILENCE = 10.0
_RESULTS_A_MESSAGE = 256
#: No faster than this are rows asked again that fail at once.
_PAUSE = 0.05


def observe(
    rows: Sequence[Row], pids: Mapping[str, int], *, timeout: float = 1.0, at_once: int = 1024
) -> list[Observation]:
    """Measure every row once, and return the observations in the order of the rows. Never raises for a row.

    `pids` maps the sources (nodes and sandboxes) to processes that live in them. `timeout` is in seconds; how it is
    spent is told in `patience`, and how denials are bracketed in `bracket`. At most `at_once` rows are in flight.
    """
    if not rows:
        return []
    found: list[Observation | None] = [None] * len(rows)
    child = _Child(lambda: campaign(rows, pids, timeout, _room(at_once)))
    for index, outcome, seconds in child.results():
        found[index] = Observation(rows[index], outcome, seconds)
    lost = NotMeasured(f"the prober {child.end}")
    return [o or Observation(row, lost) for row, o in zip(rows, found, strict=True)]


def settle(rows: Sequence[Row], pids: Mapping[str, int], deadline: float, *, timeout: float = 1.0) -> list[Observation]:
    """Observe until every row that expects an answer is met, or time.monotonic() has passed `deadline`.

    Only unmet rows are asked again, and denials only once more, after the network has settled: a denial that holds in a
    network that does not work yet says nothing.
    """
    latest = observe(rows, pids, timeout=timeout)
    settled = True
    while unmet := [i for i, o in enumerate(latest) if not o.met and not is_denial(rows[i].expected)]:
        settled = False
        if time.monotonic() >= deadline:
            break
        began = time.monotonic()
        _renew(latest, unmet, rows, pids, timeout)
        select.select([], [], [], max(0.0, min(deadline, began + _PAUSE) - time.monotonic()))
    if not settled:
        _renew(latest, [i for i, row in enumerate(rows) if is_denial(row.expected)], rows, pids, timeout)
    return latest


def _renew(
    latest: list[Observation], wanted: Sequence[int], rows: Sequence[Row], pids: Mapping[str, int], timeout: float
) -> None:
    """Observe the wanted rows again; denials take one met row of their source along, for their bracket."""
    sources = {rows[i].source for i in wanted if is_denial(rows[i].expected)}
    beside = [
        i for i, o in enumerate(latest) if o.met and rows[i].source in sources and not is_denial(rows[i].expected)
    ]
    chosen = [*wanted, *beside]
    for i, observation in zip(chosen, observe([rows[i] for i in chosen], pids, timeout=timeout), strict=True):
        latest[i] = observation


def _room(at_once: int) -> int:
    """How many rows may be in flight: each has up to three sockets. Raises the soft limit on descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(1, min(at_once, (hard - 64) // 4))


class _Child:
    """The prober's process. `end` says how it ended, once `results` is exhausted."""

    def __init__(self, work: Callable[[], Iterator[list[Result]]]) -> None:
        self.end = ""
        self._reader, writer = os.pipe2(os.O_CLOEXEC)
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            _be_the_child(work, self._reader, writer)
        os.close(writer)

    def results(self) -> Iterator[Result]:
        buffer = bytearray()
        try:
            while data := self._read():
                buffer += data
                while len(buffer) >= 4 and len(buffer) - 4 >= (size := int.from_bytes(buffer[:4], "big")):
                    yield from pickle.loads(buffer[4 : 4 + size])
                    del buffer[: 4 + size]
        finally:
            self._reap()

    def _read(self) -> bytes:
        """The next bytes; none when the child has closed its end, or is silent for too long."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        if poll.poll(_SILENCE * 1000):
            return os.read(self._reader, 1 << 16)
        self.end = f"fell silent for {_SILENCE:g} s"
        return b""

    def _reap(self) -> None:
        """Also where the caller does not want the rest: a child that still runs is of no use to anybody."""
        os.close(self._reader)
        if self.end:
            os.kill(self._pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        died = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        self.end = self.end or died


def _be_the_child(work: Callable[[], Iterator[list[Result]]], reader: int, writer: int) -> None:
    """Never returns: nothing of the parent's (its finally clauses, its atexit) may run a second time here."""
    status = 1
    try:
        os.close(reader)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.disable()  # nothing is kept for long, and a pause here would be measured
        _report(work(), writer)
        status = 0
    except BrokenPipeError:
        pass  # nobody listens any more
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _report(lists: Iterator[list[Result]], writer: int) -> None:
    held: list[Result] = []
    said = time.monotonic()
    for results in lists:
        held += results
        if len(held) >= _RESULTS_A_MESSAGE or time.monotonic() - said >= 1.0:
            _send(held, writer)
            held, said = [], time.monotonic()
    _send(held, writer)


def _send(results: list[Result], writer: int) -> None:
    data = pickle.dumps(results)
    whole = memoryview(len(data).to_bytes(4, "big") + data)
    while whole:
        whole = whole[os.write(writer, whole) :]
