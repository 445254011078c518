"""An attempt: somebody's turn at a lab, from the brief to the submission. Every step of it is written down.

begin ──> (check, hint, rca, pause, resume, reset)* ──> submit
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..capsule import Registered, find
from ..errors import InputError, LabError, UnknownLab
from ..exercise import PRICES, Prepared, Result, Rubric, next_hint, prepare, read, rubric, score
from ..exercise.hints import RUNGS
from ..model import Cause
from ..place import CAPSULE, find_place
from ..state import PlaceState
from . import differences
from .record import Facts, Record, create, find_record
from .stage import Stage

__all__ = ["Attempt", "Grade", "Hint"]

#: Between the two looks at a submission, in seconds.
SUSTAIN = 5.0


@dataclass(frozen=True)
class Hint:
    """`price` percent, declared beforehand; `check` is the one that fails."""

    check: str
    rung: str
    text: str
    price: int


@dataclass(frozen=True)
class Grade:
    """A submission: every check, sustained and lasting, and the rubric."""

    results: tuple[Result, ...]
    rubric: Rubric

    @property
    def restored(self) -> bool:
        """Whether every check passes; one that was not measured does not."""
        return all(r.passed for r in self.results)


class Attempt:
    """An attempt that is written down; `stage` only where its lab still runs."""

    def __init__(self, record: Record) -> None:
        self.record, self.facts = record, record.facts

    @classmethod
    def begin(cls, prepared: Prepared, lab: Registered, facts: Facts) -> Attempt:
        """Healthy is seen, then broken is seen; then the clock starts. Raises LabError where one of them is not."""
        stage = Stage(prepared, lab)
        stage.set_up()
        if wrong := _differing(stage, set()):
            raise LabError(f"the lab is not healthy to begin with: {', '.join(sorted(wrong))}")
        stage.break_down()
        if _differing(stage, set(prepared.exercise.breaks) - stage.lasting):
            raise LabError("the lab is not broken as it should be; `vethlab lab verify` says more")
        attempt = cls(create(facts))
        attempt._write_state("before", stage)
        attempt.record.note("started", seed=facts.seed, breaks=sorted(prepared.exercise.breaks))
        return attempt

    @classmethod
    def find(cls, name: str) -> Attempt:
        """The attempt of that name, ended or not. Raises InputError, naming those there are."""
        return cls(find_record(name))

    @property
    def prepared(self) -> Prepared:
        """The lab for the attempt's seed, as its folder is now. Raises InputError where that is gone or wrong."""
        return prepare(read(Path(self.facts.folder)), self.facts.seed)

    @property
    def stage(self) -> Stage:
        """Raises InputError when it was submitted or its lab has ended."""
        try:
            return Stage(self.prepared, find(self.facts.name))
        except UnknownLab:
            message = f"the lab of {self.facts.name!r} has ended; vethlab lab report {self.facts.name} tells of it"
            raise InputError.of(message) from None

    @property
    def running(self) -> bool:
        """Whether its lab is there, submitted or not."""
        try:
            return find(self.facts.name).pid is not None
        except UnknownLab:
            return False

    @property
    def submitted(self) -> bool:
        """Whether it is graded: nothing of it changes any more."""
        return self.record.last("submitted") is not None

    @property
    def revealed(self) -> bool:
        """Whether the truth may be told: nothing that is said of it from now on counts."""
        return self.submitted or not self.running

    def place(self, wanted: str | None) -> PlaceState:
        """Where a terminal of the attempt may be: a node or a sandbox, the first host where None is wanted.

        Raises InputError while the clock is stopped, and for the capsule: beside the daemon nothing is sealed.
        """
        self._refuse_finished()
        self._refuse_paused()
        stage = self.stage
        if wanted == CAPSULE.name:
            raise InputError.of("the capsule is no place of the lab's network: name a node or a sandbox")
        return find_place(stage.lab, wanted or next(stage.prepared.world.hosts()).name)

    def check(self) -> list[Result]:
        """Every check once, written down with its score. Raises InputError once submitted or while paused."""
        self._refuse_finished()
        self._refuse_paused()
        results = self.stage.check()
        self.record.note("checked", results=[r.to_json() for r in results], score=score(results))
        return results

    def hint(self, free: bool = False) -> Hint | None:
        """The next one for what fails now; None when nothing fails or there is none left."""
        self._refuse_finished()
        given = [(e.data["check"], RUNGS.index(e.data["rung"])) for e in self.record.events("hint")]
        found = next_hint(self.prepared.exercise, self.check(), given)
        if found is None:
            return None
        check, rung, text = found
        hint = Hint(check, RUNGS[rung], text, 0 if free else PRICES[rung])
        self.record.note("hint", **asdict(hint))
        return hint

    @property
    def hints_percent(self) -> int:
        """What the hints taken so far cost, in percent, at most 100."""
        return min(100, sum(int(e.data["price"]) for e in self.record.events("hint")))

    def tell_cause(self, cause: Cause, evidence: str, also: bool = False) -> None:
        """The root cause, before anything is revealed; or with `also` one beside those that were told.

        Until the submission it may be told anew. Raises InputError where it was revealed, or the clock stands.
        """
        self._refuse_finished()
        self._refuse_paused()
        if self.record.last("solved"):
            raise InputError.of("it was solved for you, and with that told: what you say now is no diagnosis")
        self.record.note("rca", **cause.model_dump(), evidence=evidence, also=also)

    @property
    def told(self) -> list[dict[str, Any]]:
        """`{"component", "mechanism", "place", "evidence"}` for each cause as it was told last."""
        found: list[dict[str, Any]] = []
        for event in self.record.events("rca"):
            cause = {key: event.data[key] for key in ("component", "mechanism", "place", "evidence")}
            found = [*found, cause] if event.data.get("also") else [cause]
        return found

    @property
    def told_causes(self) -> list[Cause]:
        """The same without the evidence."""
        return [Cause(**{k: v for k, v in each.items() if k != "evidence"}) for each in self.told]

    def pause(self) -> None:
        """Stop the clock. Raises InputError where it stands already, and after the submission."""
        self._refuse_finished()
        self._refuse_paused()
        self.record.note("paused")

    def resume(self) -> None:
        """Let the clock go on. Raises InputError where it does."""
        if not self.record.paused:
            raise InputError.of("the clock is running")
        self.record.note("resumed")

    def reset(self) -> float:
        """The lab as it was at the beginning: made anew, healthy, broken. Returns the seconds it took."""
        self._refuse_finished()
        self._refuse_paused()
        began = time.monotonic()
        stage = self.stage
        stage.reset()
        stage.set_up()
        stage.check()  # what the healthy lab has learned by being used
        stage.break_down()
        seconds = time.monotonic() - began
        self.record.note("reset", seconds=round(seconds, 3))
        return seconds

    def solve(self) -> str:
        """Play the first solution. Returns its name. Only in practice."""
        self._refuse_interview("solve")
        self._refuse_finished()
        self._refuse_paused()
        scripts = self.prepared.source.scripts("solutions")
        if not scripts:
            return ""
        name, lines = next(iter(scripts.items()))
        status, output = self.stage.script(lines)
        self.record.note("solved", solution=name, lines=lines, status=status)
        if status:
            raise LabError(f"{name}: status {status}\n{output}")
        return name

    def submit(self, sustain: float = SUSTAIN) -> Grade:
        """Grade what there is now, and once more after `sustain` seconds, and what lasts. The clock stops."""
        self._refuse_finished()
        self._refuse_paused()
        stage = self.stage
        at = time.time()
        first = stage.check()
        self._write_state("after", stage)
        time.sleep(sustain)
        results = [*_both(first, stage.check()), *stage.check_lasting()]
        truth = self.prepared.exercise.causes
        grade = Grade(tuple(results), rubric(results, truth, self.told_causes, self.hints_percent))
        self.record.note(
            "submitted", submitted_at=at, results=[r.to_json() for r in results], rubric=grade.rubric.to_json()
        )
        return grade

    def _write_state(self, name: str, stage: Stage) -> None:
        (self.record.folder / f"{name}.json").write_text(json.dumps(differences.snapshot(stage)))

    def changes(self) -> dict[str, list[str]]:
        """Place → lines of network state that went or came between the beginning and the submission."""
        before, after = (self.record.folder / f"{name}.json" for name in ("before", "after"))
        if not (before.is_file() and after.is_file()):
            return {}
        return differences.difference(json.loads(before.read_text()), json.loads(after.read_text()))

    def _refuse_paused(self) -> None:
        if self.record.paused:
            raise InputError.of(f"the clock is stopped; vethlab lab resume {self.facts.name}")

    def _refuse_finished(self) -> None:
        if self.submitted:
            raise InputError.of(f"it was submitted; vethlab lab report {self.facts.name} tells of it")

    def _refuse_interview(self, what: str) -> None:
        if self.facts.mode == "interview":
            raise InputError.of(f"`{what}` is for practice; this is an interview")

    def status(self) -> dict[str, Any]:
        """`{"name", "lab", "mode", "running", "paused", "submitted", "elapsed", "minutes", "hints", "last_score"}`."""
        last = None if self.facts.mode == "interview" else self.record.last("checked")
        return {
            "name": self.facts.name,
            "lab": self.facts.lab,
            "mode": self.facts.mode,
            "candidate": self.facts.candidate,
            "running": self.running,
            "paused": self.record.paused,
            "submitted": self.submitted,
            "elapsed": round(self.record.elapsed(), 1),
            "minutes": self.facts.minutes,
            "hints": len(self.record.events("hint")),
            "hints_percent": self.hints_percent,
            "told_cause": bool(self.told),
            "last_score": last.data["score"] if last else None,
        }


def _differing(stage: Stage, failing: set[str]) -> set[str]:
    """The checks that fail and should not, or the other way round. A busy machine is given a second look."""
    found: set[str] = set()
    for _ in range(2):
        found = {r.id for r in stage.check() if not r.passed} ^ failing
        if not found:
            break
    return found


def _both(first: Sequence[Result], second: Sequence[Result]) -> list[Result]:
    """A check passes when it passed both times; else it is the one that did not."""
    return [b if a.passed else a for a, b in zip(first, second, strict=True)]
