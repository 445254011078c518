"""The proof that a lab is a good one, for one seed.

world 1   healthy: every check passes, no artifact is there
          broken: exactly the promised checks fail, twice
          the first solution: every check passes, still does after a while, and lasts
world 2   reset: healthy again, broken again; the first hack: something still fails
world N   one for each further solution and hack
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from ..errors import VethlabError
from ..exercise import Prepared, Result
from .stage import Maker, Stage

__all__ = ["State", "Verification", "verify"]


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
        return bool(self.states) and all(s.ok for s in self.states)

    @property
    def seconds(self) -> float:
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


def verify(prepared: Prepared, make: Maker, sustain: float, wait: Callable[[float], None] = time.sleep) -> Verification:
    """Every state of the lab, in worlds made by `make`. `sustain` seconds lie between the two looks at a solution."""
    proof = _Proof(prepared, make, sustain, wait)
    solutions, hacks = (list(prepared.source.scripts(kind).items()) for kind in ("solutions", "hacks"))
    first: tuple[str, str] = solutions.pop(0) if solutions else ("nothing", "")
    proof.first_world(first)
    for position, (name, lines) in enumerate(hacks):
        proof.world("reset" if position == 0 else "", partial(proof.hack, name, lines))
    for name, lines in solutions:
        proof.world("", partial(proof.solution, name, lines))
    return proof.found


class _Proof:
    def __init__(self, prepared: Prepared, make: Maker, sustain: float, wait: Callable[[float], None]) -> None:
        self.prepared, self.make, self.sustain, self.wait = prepared, make, sustain, wait
        self.found = Verification(prepared.id, prepared.seed)

    def first_world(self, solution: tuple[str, str]) -> None:
        def rest(stage: Stage) -> None:
            with self._state("broken"):
                self._refuse_wrong_failures(stage)
                self._refuse_wrong_failures(stage)
            self.solution(*solution, stage)

        self.world("baseline", rest)

    def world(self, healthy: str, then: Callable[[Stage], None]) -> None:
        """A world that is broken, and what is done in it; `healthy` names the state before, if that is looked at."""
        try:
            with self._state("up"):
                context = self.make(self.prepared)
                lab = context.__enter__()
        except _Wrong:
            return
        try:
            stage = Stage(self.prepared, lab)
            with self._state(healthy or "set-up"):
                stage.set_up()
                if healthy:
                    self._refuse_unhealthy(stage)
            with self._state("injected"):
                stage.break_down()
            then(stage)
        except _Wrong:
            pass
        finally:
            context.__exit__(None, None, None)

    def solution(self, name: str, lines: str, stage: Stage) -> None:
        with self._state(f"solution {name}"):
            self._run(stage, lines)
            _refuse_failures(stage.check())
            self.wait(self.sustain)
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
