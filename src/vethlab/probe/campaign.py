"""All rows of one observation, in the order that brackets the denials. Runs in the prober's own process."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..outcome import Outcome, meets
from ..row import Row
from .bracket import Key, control_for, cut_off, key, other_family
from .dns import with_server
from .exchange import Exchange
from .loop import ExchangeLoop
from .patience import QUIET, is_denial, is_rationed
from .questions import exchange_for

__all__ = ["Result", "campaign"]

#: (index of the row, outcome, seconds)
Result = tuple[int, Outcome, float]
_CONTROL = -1


class _Campaign:
    def __init__(self, rows: Sequence[Row], pids: Mapping[str, int], timeout: float, limit: int) -> None:
        self._rows, self._pids, self._timeout, self._limit = rows, pids, timeout, limit
        #: The quickest answered exchange of each source and family, which is what is asked again at the end.
        self._answered: dict[Key, Exchange] = {}
        #: Where nothing was answered: a row that should have been, and what came of it.
        self._unanswered: dict[Key, Exchange] = {}
        self._bracketed: list[Exchange] = []
        #: Silent where an error should have come; its sender may only be saving it up.
        self._silent: list[Exchange] = []

    def _run(self, rows: Iterable[tuple[int, Row]]) -> Iterator[list[Exchange]]:
        exchanges = [exchange_for(row, self._timeout, index) for index, row in rows]
        yield from ExchangeLoop(self._pids, self._limit).run(exchanges)

    def results(self) -> Iterator[list[Result]]:
        rows = [(i, self._resolved(row)) for i, row in enumerate(self._rows)]
        denials = [(i, row) for i, row in rows if is_denial(row.expected)]
        for done in self._run([*self._expecting_answers(rows), *self._gateways(rows, denials)]):
            yield self._note(done)
        for done in self._run(denials):
            yield self._hold_back(self._set_aside(done))
        yield from self._ask_again()
        yield from self._after()

    def _resolved(self, row: Row) -> Row:
        pid = self._pids.get(row.source)
        return row if pid is None else with_server(row, pid)

    def _expecting_answers(self, rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
        return ((i, row) for i, row in rows if not is_denial(row.expected))

    def _gateways(
        self, rows: Iterable[tuple[int, Row]], denials: Iterable[tuple[int, Row]]
    ) -> Iterator[tuple[int, Row]]:
        have = {key(row) for _, row in self._expecting_answers(rows)}
        for which in dict.fromkeys(w for _, row in denials for w in (key(row), other_family(row, row.expected)) if w):
            control = None if which in have else control_for(which, self._pids.get(which[0]))
            if control is not None:
                yield _CONTROL, control

    def _note(self, done: Iterable[Exchange]) -> list[Result]:
        for exchange in done:
            which = key(exchange.row)
            assert exchange.outcome is not None
            if not meets(exchange.row.expected, exchange.outcome):
                self._unanswered.setdefault(which, exchange)
            elif which not in self._answered or exchange.seconds < self._answered[which].seconds:
                self._answered[which] = exchange
        return [_result(e) for e in done if e.index != _CONTROL]

    def _hold_back(self, done: Iterable[Exchange]) -> list[Result]:
        """Denials that came out as expected wait for the other bracket; the rest are told as they are."""
        told = []
        for exchange in done:
            assert exchange.outcome is not None
            if not meets(exchange.row.expected, exchange.outcome):
                told.append(_result(exchange))
            elif self._control(exchange) not in self._answered:
                told.append(self._cut_off("before", exchange, self._unanswered.get(key(exchange.row))))
            else:
                self._bracketed.append(exchange)
        return told

    def _set_aside(self, done: Iterable[Exchange]) -> list[Exchange]:
        """Without those that will be asked again."""
        told: list[Exchange] = []
        for exchange in done:
            again = is_rationed(exchange.row.expected, exchange.outcome) and self._control(exchange) in self._answered
            (self._silent if again else told).append(exchange)
        return told

    def _ask_again(self) -> Iterator[list[Result]]:
        """Once more, when their senders have had time to save up errors."""
        if not self._silent:
            return
        end = time.monotonic() + QUIET
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))
            yield []
        for done in self._run((e.index, e.row) for e in self._silent):
            yield self._hold_back(done)

    def _after(self) -> Iterator[list[Result]]:
        needed = dict.fromkeys(self._control(e) for e in self._bracketed)
        again = {which: self._answered[which].row for which in needed}
        controls: dict[Key, Exchange] = {}
        for done in self._run((_CONTROL, row) for row in again.values()):
            controls |= {key(e.row): e for e in done}
            yield []
        for exchange in self._bracketed:
            control = controls[self._control(exchange)]
            assert control.outcome is not None
            met = meets(control.row.expected, control.outcome)
            yield [_result(exchange) if met else self._cut_off("after", exchange, control)]

    def _control(self, denial: Exchange) -> Key:
        """Whose answer brackets a denial: its own realm's, if there is or should have been one."""
        which, other = key(denial.row), other_family(denial.row, denial.outcome)
        borrows = other in self._answered and which not in self._answered and which not in self._unanswered
        return other if other and borrows else which

    def _cut_off(self, when: str, denial: Exchange, control: Exchange | None) -> Result:
        row, outcome = (control.row, control.outcome) if control else (None, None)
        return denial.index, cut_off(when, row, outcome), denial.seconds


def _result(exchange: Exchange) -> Result:
    assert exchange.outcome is not None
    return exchange.index, exchange.outcome, exchange.seconds


def campaign(rows: Sequence[Row], pids: Mapping[str, int], timeout: float, limit: int) -> Iterator[list[Result]]:
    """Results in lists as they come, at least one list a second."""
    return _Campaign(rows, pids, timeout, limit).results()
