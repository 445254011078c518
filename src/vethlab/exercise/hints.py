"""Which hint is next: a ladder for each check, chosen by what is failing now; each rung has its price.

1 orient         5 %
2 layer         10 %
3 observation   20 %
4 mechanism     35 %
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model import Exercise
from .grade import Result

__all__ = ["PRICES", "RUNGS", "next_hint"]

PRICES = (5, 10, 20, 35)
RUNGS = ("orient", "layer", "observation", "mechanism")


def next_hint(
    exercise: Exercise, results: Iterable[Result], given: Sequence[tuple[str, int]]
) -> tuple[str, int, str] | None:
    """(check, rung from 0, text) of the first failing check that has one left; None when there is none.

    `given` are the (check, rung) there were before.
    """
    failing = [result.id for result in results if not result.passed]
    for each in (*failing, *_unseen(exercise)):
        taken = {rung for check, rung in given if check == each}
        for rung, text in enumerate(exercise.hints.get(each, ())):
            if rung not in taken:
                return each, rung, text
    return None


def _unseen(exercise: Exercise) -> list[str]:
    """What is broken and not looked at before the end: after everything that is."""
    return [c.id for c in exercise.checks if c.group == "persistence" and c.id in exercise.breaks]
