"""The proof that a lab is a good one, for one seed.

world 0   healthy: what must last does, with all that is done to the lab to see it (where something must)
world 1   healthy: every check passes, no artifact is there
          broken: exactly the promised checks fail, twice; a promised one of persistence once, and the lab is made anew
          the first solution: every check passes, still does after a while, and lasts
world 2   reset: healthy again, broken again; the first hack: something still fails
world N   one for each further solution and hack
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from ..capsule import Registered
from ..errors import VethlabError
from ..exercise import Prepared, Result
from .stage import Maker, Stage

__all__ = ["State", "Turn", "Verification", "verify"]


@dataclass
class State:
    """A state of a lab that was looked at: its name, whether it is as it must be, and if not, why."""

    name: str
    ok: bool
    seconds: float
    why: str = ""


@dataclass
class Verification:
    """Every state of one lab and seed, in the order in which they were looked at."""

    lab: str
    seed: int
    states: list[State] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the lab is proven: there are states, and each was as it should be."""
        return bool(self.states) and all(s.ok for s in self.states)

    @property
    def seconds(self) -> float:
        """What the states took together."""
        return sum(s.seconds for s in self.states)

    def to_json(self) -> dict[str, Any]:
        """`{"lab", "seed", "ok", "baseline", "broken", "solutions", "hacks", "reset", "seconds", "states"}`."""
        kinds = {"solutions": "solution ", "hacks": "hack "}
        named = {
            key: {s.name.removeprefix(p): s.ok for s in self.states if s.name.startswith(p)} for key, p in kinds.items()
        }
        return {
            "lab": self.lab,
            "seed": self.seed,
            "ok": self.ok,
            **{name: self._all(name) for name in ("baseline", "broken", "reset")},
            **named,
            "seconds": round(self.seconds, 2),
            "states": [asdict(s) for s in self.states],
        }

    def _all(self, name: str) -> bool:
        found = [s.ok for s in self.states if s.name == name]
        return bool(found) and all(found)


class _Wrong(Exception):
    """A state is not as it must be."""


#: (name, lines) of each.
Scripts = Sequence[tuple[str, str]]
#: What needs a processor happens in its turn.
Turn = Callable[[], AbstractContextManager[object]]


def verify(prepared: Prepared, make: Maker, sustain: float, turn: Turn = nullcontext) -> Verification:
    """Every state of the lab that `make` makes. `sustain` seconds lie between the two looks at a solution."""
    proof = _Proof(prepared, sustain, turn)
    with ExitStack() as stack:
        proof.prove(lambda: stack.enter_context(make(prepared)))
    return proof.found


class _Proof:
    def __init__(self, prepared: Prepared, sustain: float, turn: Turn) -> None:
        self.prepared, self.sustain, self.turn = prepared, sustain, turn
        self.found = Verification(prepared.id, prepared.seed)

    def prove(self, make: Callable[[], Registered]) -> None:
        solutions, hacks = (list(self.prepared.source.scripts(kind).items()) for kind in ("solutions", "hacks"))
        first: tuple[str, str] = solutions.pop(0) if solutions else ("nothing", "")
        try:
            with self._state("up"), self.turn():
                stage = Stage(self.prepared, make())
        except _Wrong:
            return
        if self._lasts(stage):
            self._world(stage, "baseline", partial(self._broken_then, *first))
        self._others(stage, hacks, solutions)

    def _lasts(self, stage: Stage) -> bool:
        """What must last does in the healthy lab, or its failure later would prove nothing. Makes the lab anew."""
        if not any(c.group == "persistence" for c in self.prepared.exercise.checks):
            return True
        try:
            with self._state("baseline"):
                stage.set_up()
                _refuse_failures(stage.check_lasting())
            with self._state("anew"), self.turn():
                stage.reset()
        except _Wrong:
            return False
        return True

    def _others(self, stage: Stage, hacks: Scripts, solutions: Scripts) -> None:
        for position, (name, lines) in enumerate(hacks):
            self._again(stage, "healthy" if position else "reset", partial(self.hack, name, lines))
        for name, lines in solutions:
            self._again(stage, "healthy", partial(self.solution, name, lines))

    def _again(self, stage: Stage, healthy: str, then: Callable[[Stage], None]) -> None:
        try:
            with self._state("anew"), self.turn():
                stage.reset()
        except _Wrong:
            return
        self._world(stage, healthy, then)

    def _world(self, stage: Stage, healthy: str, then: Callable[[Stage], None]) -> None:
        """A fresh world: healthy, then broken, then what is done in it. Ends at the first state that is wrong."""
        try:
            with self._state(healthy):
                stage.set_up()
                self._refuse_unhealthy(stage)
            with self._state("injected"):
                stage.break_down()
            then(stage)
        except _Wrong:
            pass

    def _broken_then(self, name: str, lines: str, stage: Stage) -> None:
        with self._state("broken"):
            self._refuse_wrong_failures(stage)
            self._refuse_wrong_failures(stage)
            lasting = stage.lasting & set(self.prepared.exercise.breaks)
            self._refuse_passes(stage.check_lasting(lasting))
        if lasting:  # what could not be made anew is gone
            self._again(stage, "healthy", partial(self.solution, name, lines))
        else:
            self.solution(name, lines, stage)

    def _refuse_passes(self, results: Sequence[Result]) -> None:
        if passed := [r.id for r in results if r.passed]:
            raise _Wrong("; ".join(f"{each} was to fail" for each in passed))

    def solution(self, name: str, lines: str, stage: Stage) -> None:
        with self._state(f"solution {name}"):
            self._run(stage, lines)
            _refuse_failures(stage.check())
            time.sleep(self.sustain)
            _refuse_failures(stage.check())
            _refuse_failures(stage.check_lasting())

    def hack(self, name: str, lines: str, stage: Stage) -> None:
        with self._state(f"hack {name}"):
            self._run(stage, lines)
            results = stage.check()
            if all(r.passed for r in results):
                results += stage.check_lasting()
            if all(r.passed for r in results):
                raise _Wrong("it passes every check")

    def _refuse_unhealthy(self, stage: Stage) -> None:
        if there := stage.artifacts():
            raise _Wrong(f"nothing is injected yet, and it is there: {there[0].strip()}")
        _refuse_failures(stage.check())

    def _refuse_wrong_failures(self, stage: Stage) -> None:
        promised = set(self.prepared.exercise.breaks)
        results = stage.check()
        wrong = [f"{r.id} was to fail" for r in results if r.passed and r.id in promised]
        wrong += [f"{r.id} was not to fail: {r.reason}" for r in results if not r.passed and r.id not in promised]
        if wrong:
            raise _Wrong("; ".join(wrong))

    def _run(self, stage: Stage, lines: str) -> None:
        status, output = stage.script(lines)
        if status:
            raise _Wrong(f"the script ends with status {status}: {output.strip()[-300:]}")

    @contextmanager
    def _state(self, name: str) -> Iterator[None]:
        began, why = time.monotonic(), ""
        try:
            yield
        except (_Wrong, VethlabError) as error:
            why = str(error)
            raise _Wrong from None
        finally:
            self.found.states.append(State(name, not why, time.monotonic() - began, why))


def _refuse_failures(results: Sequence[Result]) -> None:
    if failed := [r for r in results if not r.passed]:
        raise _Wrong("; ".join(f"{r.id} fails: {r.reason}" for r in failed))
