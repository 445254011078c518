"""The verdict: a difference of two tables, what was expected and what was observed.

A row that nobody observed is not measured, and that meets nothing; no rows at all are no success either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .outcome import NotMeasured
from .row import Observation, Row

__all__ = ["Summary", "Verdict", "judge"]


@dataclass(frozen=True, slots=True)
class Summary:
    """How many rows were met, failed, or not measured; `total` is their sum."""

    met: int
    failed: int
    not_measured: int

    @property
    def total(self) -> int:
        """All rows, measured or not."""
        return self.met + self.failed + self.not_measured

    def to_json(self) -> dict[str, int]:
        """`{"met", "failed", "not_measured", "total"}`."""
        return {"met": self.met, "failed": self.failed, "not_measured": self.not_measured, "total": self.total}

    def __str__(self) -> str:
        parts = [f"{self.met} of {self.total} met"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.not_measured} not measured"] if self.not_measured else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One observation for each row, in the order of the rows."""

    observations: tuple[Observation, ...]

    @property
    def ok(self) -> bool:
        """True when there are rows, and every one was measured and met."""
        return bool(self.observations) and all(o.met for o in self.observations)

    @property
    def summary(self) -> Summary:
        """The counts; a row that is not measured is not among the failed."""
        unmeasured = sum(isinstance(o.observed, NotMeasured) for o in self.observations)
        met = sum(o.met for o in self.observations)
        return Summary(met, len(self.observations) - met - unmeasured, unmeasured)

    @property
    def failures(self) -> tuple[Observation, ...]:
        """What was not met, be it measured or not."""
        return tuple(o for o in self.observations if not o.met)


def judge(rows: Iterable[Row], observations: Iterable[Observation]) -> Verdict:
    """Hold observations against rows. A row observed twice counts by its last one; one without is not measured.

    An observation of no row is left out: it was not expected of anything.
    """
    seen = {o.row: o for o in observations}
    return Verdict(tuple(seen.get(r) or Observation(r, NotMeasured("no probe was made")) for r in rows))
