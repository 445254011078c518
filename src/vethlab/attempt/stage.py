"""One running lab on which an attempt is made. Everything is done from outside, through the lab's daemon.

made ──set_up──> healthy ──break_down──> broken ──(somebody mends it)──> check, check_lasting
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from string import Template
from typing import Any

from ..capsule import Registered
from ..client import call
from ..errors import LabError
from ..exercise import Prepared, Result, Step, mark
from ..journey import Arrival, Journey
from ..model import Check

__all__ = ["Maker", "Stage"]

#: Makes the running lab of a prepared one; it is gone when the context ends.
Maker = Callable[[Prepared], AbstractContextManager[Registered]]


@dataclass
class Stage:
    """A prepared lab, and where it runs. Every method raises LabError when the lab has died."""

    prepared: Prepared
    lab: Registered

    def reset(self) -> None:
        """Every machine is destroyed and made anew; nothing is set up yet."""
        self._call("/reset", {})

    def set_up(self) -> None:
        """What belongs to the healthy lab beyond its playbooks."""
        self._take(self.prepared.setup)
        self._refuse_absent(self.prepared.setup)

    def break_down(self) -> None:
        """Decoys, then faults. Raises LabError when a line fails, or when what it should leave behind is not there."""
        steps = (*self.prepared.decoys, *self.prepared.faults)
        self._take(steps)
        self._refuse_absent(steps)

    def artifacts(self) -> list[str]:
        """The faults whose artifact is there, as the lines that find it."""
        return [s.there for s in self.prepared.faults if s.there and self._is_there(s)]

    def check(self) -> list[Result]:
        """Every check but those of persistence; changes nothing."""
        pairs = zip(self.prepared.exercise.checks, self.prepared.journeys, strict=True)
        return self._results(journey for check, journey in pairs if check.group != "persistence")

    @property
    def lasting(self) -> set[str]:
        """The ids of the checks of persistence."""
        return {c.id for c in self.prepared.exercise.checks if c.group == "persistence"}

    def check_lasting(self, only: Collection[str] | None = None) -> list[Result]:
        """The checks of persistence, or `only` some: one after another, each after what it does to the lab first."""
        wanted = self.lasting if only is None else self.lasting & set(only)
        found: list[Result] = []
        for check, journey in zip(self.prepared.exercise.checks, self.prepared.journeys, strict=True):
            if check.id in wanted:
                found += self._lasting(check, journey)
        return found

    def _lasting(self, check: Check, journey: Journey) -> list[Result]:
        """What cannot be made anew, or no longer be configured, does not last."""
        try:
            if check.recreate:
                self._call("/recreate", {"name": check.recreate})
            if check.new_on:
                self._call("/cni", {"node": check.new_on, "verb": "add", "pod": check.id})
            if check.converge:
                self._call("/converge", {})
        except LabError as error:
            return mark([check], [Arrival(check.id, False, str(error).splitlines()[0])])
        return self._results([journey])

    def script(self, lines: str) -> tuple[int, str]:
        """Status and output of a solution's or a hack's lines, run in the capsule up to the first that fails.

        `docker NODE …`, at the beginning of a line, is a docker command on a host.
        """
        output = ""
        for docker, group in groupby(lines.splitlines(), lambda line: line.startswith("docker ")):
            part = list(group)
            status, said = self._dockers(part) if docker else self._lines("capsule", "\n".join(part))
            output += said
            if status:
                return status, output
        return 0, output

    def _dockers(self, lines: Iterable[str]) -> tuple[int, str]:
        output = ""
        for line in lines:
            _, place, command = Template(line).safe_substitute(self.prepared.environment).split(" ", 2)
            status, said = self._docker(place, command)
            output += said
            if status:
                return status, output
        return 0, output

    def _docker(self, place: str, lines: str) -> tuple[int, str]:
        output = ""
        for line in filter(None, map(str.strip, lines.splitlines())):
            answer = self._call("/docker", {"node": place, "argv": shlex.split(line)})
            output += str(answer["stdout"]) + str(answer["stderr"])
            if answer["status"]:
                return int(answer["status"]), output
        return 0, output

    def look(self, place: str, lines: str) -> str:
        """The output of lines that change nothing."""
        return self._lines(place, lines)[1]

    def _results(self, journeys: Iterable[Journey]) -> list[Result]:
        answer = self._call("/journeys", {"journeys": [j.to_json() for j in journeys]})
        return mark(self.prepared.exercise.checks, [Arrival(**a) for a in answer["arrivals"]])

    def _take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.lines:
                run = self._docker if step.docker else self._lines
                status, output = run(step.place, step.lines)
                if status:
                    raise LabError(f"{step.place}: status {status}\n{step.lines.strip()}\n{output.strip()}")

    def _refuse_absent(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.there and not self._is_there(step):
                raise LabError(f"{step.place}: it was done, and is not there: {step.there.strip()}")

    def _is_there(self, step: Step) -> bool:
        return self._lines(step.place, step.there)[0] == 0

    def _lines(self, place: str, lines: str) -> tuple[int, str]:
        asked = {"place": place, "lines": lines, "environment": self.prepared.environment}
        answer = self._call("/script", asked)
        return int(answer["status"]), str(answer["output"])

    def _call(self, resource: str, asked: dict[str, Any]) -> dict[str, Any]:
        return call(self.lab, resource, asked)
