"""The loop of the prober: every exchange of a run, by one epoll, in one process.

    waiting rows --(sockets: setns once a source)--> opened --(asked, target by target)--> in flight --> done

No more than `limit` are in flight, so that descriptors and the listeners' backlogs hold. Rows that need an ICMP error
from elsewhere go at most three at a time for one source, since those errors are rate-limited (patience).
"""

from __future__ import annotations

import heapq
import select
import socket
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import groupby

from ..namespace import inside
from ..outcome import NotMeasured
from .exchange import Exchange, Loop
from .patience import needs_icmp_error

__all__ = ["ExchangeLoop"]

_ICMP_ERRORS_AT_ONCE = 3


class ExchangeLoop(Loop):
    """`pids` maps a source to its process; `limit` bounds the exchanges in flight."""

    def __init__(self, pids: Mapping[str, int], limit: int = 1024) -> None:
        self._pids, self._limit = pids, limit
        self._epoll = select.epoll()
        self._owners: dict[int, tuple[Exchange, socket.socket]] = {}
        self._timers: list[tuple[float, int, Exchange]] = []
        self._timers_made = 0
        self._in_flight = 0
        self._waiting: deque[Exchange] = deque()
        self._limited: defaultdict[str, deque[Exchange]] = defaultdict(deque)
        self._limited_in_flight: Counter[str] = Counter()
        self._opened: list[Exchange] = []
        self._done: list[Exchange] = []

    def watch(self, sock: socket.socket, events: int, owner: Exchange) -> None:
        number = sock.fileno()
        self._owners[number] = owner, sock
        self._epoll.register(number, events)

    def rewatch(self, sock: socket.socket, events: int) -> None:
        self._epoll.modify(sock.fileno(), events)

    def wake(self, owner: Exchange, when: float) -> None:
        self._timers_made += 1
        heapq.heappush(self._timers, (when, self._timers_made, owner))

    def run(self, exchanges: Iterable[Exchange]) -> Iterator[list[Exchange]]:
        """Drive all of them; yields those that are done, and at least every second a list, be it empty."""
        self._sort_in(exchanges)
        while self._waiting or self._in_flight or any(self._limited.values()):
            self._refill()
            self._poll()
            self._fire()
            done, self._done = self._done, []
            yield done

    def _sort_in(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in sorted(exchanges, key=lambda e: e.row.source):
            row = exchange.row
            if needs_icmp_error(row.probe.kind, row.expected):
                self._limited[row.source].append(exchange)
            else:
                self._waiting.append(exchange)

    def _refill(self) -> None:
        """A quarter of the limit must be free before it is worth the trouble."""
        for source, queue in self._limited.items():
            room = _ICMP_ERRORS_AT_ONCE - self._limited_in_flight[source]
            if queue and room > 0:
                some = [queue.popleft() for _ in range(min(room, len(queue)))]
                self._limited_in_flight[source] += len(some)
                self._start(some)
        if self._in_flight > self._limit * 3 // 4:
            return
        room = min(self._limit - self._in_flight, len(self._waiting))
        self._start([self._waiting.popleft() for _ in range(room)])

    def _start(self, exchanges: Iterable[Exchange]) -> None:
        """Open sockets source by source, for one setns each; then ask target by target: a server that is woken once
        and finds many clients is much quicker than one that is woken for each."""
        for source, group in groupby(exchanges, key=lambda e: e.row.source):
            self._open(source, list(group))
        self._opened.sort(key=lambda e: e.row.target)
        for exchange in self._opened:
            now = time.monotonic()
            self._step(exchange, exchange.start, self, now)
            if exchange.outcome is None:
                self.wake(exchange, now + exchange.interval)
        self._opened.clear()

    def _open(self, source: str, exchanges: list[Exchange]) -> None:
        self._in_flight += len(exchanges)
        with self._visit(source, exchanges) as there:
            for exchange in there:
                exchange.started = time.monotonic()
                self._step(exchange, exchange.open)
                if exchange.outcome is None:
                    self._opened.append(exchange)

    def _step(self, exchange: Exchange, step: Callable[..., None], *args: object) -> None:
        """One step of one exchange. What goes wrong in it is that row's alone, and leaves it not measured."""
        try:
            step(*args)
        except Exception as error:
            exchange.outcome = NotMeasured(f"the probe failed: {type(error).__name__}: {error}")
        if exchange.outcome is not None and not exchange.seconds:
            self._retire(exchange)

    @contextmanager
    def _visit(self, source: str, exchanges: list[Exchange]) -> Iterator[list[Exchange]]:
        """Inside the source's network namespace; where there is none, the exchanges end as not measured."""
        with ExitStack() as stack:
            problem = self._enter(stack, source)
            for exchange in exchanges if problem else ():
                exchange.started = exchange.started or time.monotonic()
                exchange.outcome = problem
                self._retire(exchange)
            yield [] if problem else exchanges

    def _enter(self, stack: ExitStack, source: str) -> NotMeasured | None:
        if source not in self._pids:
            return NotMeasured(f"there is no place named {source}")
        try:
            stack.enter_context(inside(self._pids[source]))
        except (FileNotFoundError, ProcessLookupError):
            return NotMeasured(f"{source} is gone")
        except OSError as error:
            return NotMeasured(f"{source} cannot be entered: {error.strerror}")
        return None

    def _poll(self) -> None:
        if self._done:
            timeout = 0.0
        else:
            soonest = self._timers[0][0] - time.monotonic() if self._timers else 1.0
            timeout = min(max(soonest, 0.0), 1.0)
        for number, events in self._epoll.poll(timeout, 1024):
            if number in self._owners:
                exchange, sock = self._owners[number]
                self._step(exchange, exchange.ready, self, sock, events)

    def _fire(self) -> None:
        """What is due; never before what has arrived by now was read, so that a slow machine is not a timeout."""
        now = time.monotonic()
        due: defaultdict[str, list[Exchange]] = defaultdict(list)
        while self._timers and self._timers[0][0] <= now:
            exchange = heapq.heappop(self._timers)[2]
            if exchange.outcome is None:
                due[exchange.row.source].append(exchange)
        for source, exchanges in due.items():
            with self._visit(source, exchanges) as there:
                for exchange in there:
                    self._pass_time(exchange, now)

    def _pass_time(self, exchange: Exchange, now: float) -> None:
        if now >= exchange.deadline:
            self._step(exchange, exchange.expire)
        else:
            self._step(exchange, exchange.again, self)
        if exchange.outcome is None:
            self.wake(exchange, min(now + exchange.interval, max(exchange.deadline, now)))

    def _retire(self, exchange: Exchange) -> None:
        """Take an exchange that has its outcome out of flight."""
        exchange.seconds = max(time.monotonic() - exchange.started, 1e-9)
        for sock in exchange.sockets:
            self._owners.pop(sock.fileno(), None)
        exchange.close()
        self._in_flight -= 1
        if needs_icmp_error(exchange.row.probe.kind, exchange.row.expected):
            self._limited_in_flight[exchange.row.source] -= 1
        self._done.append(exchange)
