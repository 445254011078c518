"""A lab for one seed: everything its variables stand for is filled in, and nothing is running yet."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import faults
from ..addressing import lay_out
from ..assets import asset
from ..errors import InputError
from ..faults import Command, Fault
from ..finding import Finding
from ..finding import Path as Where
from ..journey import Journey
from ..load import parse
from ..model import Check, Exercise, Injection, LabFile, Topology
from ..nearest import unknown
from ..world import World
from .source import Source
from .variables import Scope, UnknownVariable, draw, environment

__all__ = ["Prepared", "Step", "prepare"]

#: Where topologies lie that several labs share.
_WORLDS = "worlds"
#: What a check says about its journey that needs no looking up.
_AS_THEY_STAND = ("flows", "at_once", "bytes", "idle", "within", "lost", "any_family", "unpinned")


@dataclass(frozen=True)
class Step:
    """Lines to run in a place, and the lines there that succeed while what they do is there (empty: nobody looks).

    With `docker` the first are docker commands.
    """

    place: str
    lines: str
    there: str = ""
    docker: bool = False


@dataclass(frozen=True)
class Prepared:
    """`seed` is what it was drawn with. The first of `journeys` belongs to the first of `exercise.checks`, and so on.

    `setup` is done before anybody looks, then come `decoys` and `faults`. `environment` is what scripts are told.
    """

    source: Source
    seed: int
    exercise: Exercise
    topology: Topology
    world: World
    setup: tuple[Step, ...]
    decoys: tuple[Step, ...]
    faults: tuple[Step, ...]
    journeys: tuple[Journey, ...]
    environment: dict[str, str]
    needs: tuple[str, ...]

    @property
    def id(self) -> str:
        """The name of the lab's folder, the same for every seed."""
        return self.source.id


def prepare(source: Source, seed: int) -> Prepared:
    """The lab of a seed. Raises InputError with every place where what a text names does not exist."""
    variables = draw(source.id, seed, source.exercise.seed)
    topology = _topology(source, Scope(variables))
    scope = Scope(variables, lay_out(topology))
    exercise = _filled(source, scope)
    findings: list[Finding] = []
    world = lay_out(topology)
    steps = {key: _steps(world, exercise, key, findings) for key in ("setup", "decoys", "faults")}
    journeys = tuple(_journey(world, i, each, findings) for i, each in enumerate(exercise.checks))
    if findings:
        raise InputError(*dict.fromkeys(map(source.problem, findings)))
    return Prepared(
        source,
        seed,
        exercise,
        topology,
        world,
        setup=tuple(step for step, _ in steps["setup"]),
        decoys=tuple(step for step, _ in steps["decoys"]),
        faults=tuple(step for step, _ in steps["faults"]),
        journeys=journeys,
        environment=environment(scope),
        needs=tuple(dict.fromkeys([*exercise.needs, *(n for key in steps for _, needs in steps[key] for n in needs)])),
    )


def _topology(source: Source, scope: Scope) -> Topology:
    file = _topology_file(source)
    try:
        return parse(scope.fill(file.read_text()).encode(), str(file))
    except UnknownVariable as error:
        raise InputError(source.problem(Finding(("topology",), f"{file.name}: {error}"))) from None


def _topology_file(source: Source) -> Path:
    """In the lab's own folder, or among those that labs share: beside the folder, or shipped."""
    name = source.exercise.topology
    folders = [source.folder, source.folder.parent / _WORLDS, asset("labs") / _WORLDS]
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        known = {path.name for folder in folders[1:] for path in folder.glob("*.yml")}
        raise InputError(source.problem(Finding(("topology",), unknown("topology", name, known))))
    return found


def _filled(source: Source, scope: Scope) -> Exercise:
    document = source.tree.plain()
    findings: list[Finding] = []
    for key in document:
        if key not in ("seed", "title"):
            document[key] = _fill(scope, document[key], (key,), findings)
    if findings:
        raise InputError(*map(source.problem, findings))
    return LabFile.model_validate({"lab": document}).lab


def _fill(scope: Scope, value: Any, path: Where, findings: list[Finding]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(scope, v, (*path, key), findings) for key, v in value.items()}
    if isinstance(value, list):
        return [_fill(scope, v, (*path, i), findings) for i, v in enumerate(value)]
    try:
        return scope.fill_all(value)
    except UnknownVariable as error:
        findings.append(Finding(path, str(error)))
        return value


def _steps(world: World, exercise: Exercise, key: str, findings: list[Finding]) -> list[tuple[Step, tuple[str, ...]]]:
    found: list[tuple[Step, tuple[str, ...]]] = []
    for i, each in enumerate(getattr(exercise, key)):
        try:
            found += _step(world, each)
        except (TypeError, KeyError, ValueError) as error:
            findings.append(Finding((key, i), f"there is no {error}" if isinstance(error, KeyError) else str(error)))
    return found


def _step(world: World, each: Injection) -> Iterator[tuple[Step, tuple[str, ...]]]:
    if each.fault is None:
        place = str(each.on)
        if place != "capsule" and place not in {**world.machines, **world.sandboxes}:
            raise ValueError(unknown("place", place, [*world.machines, *world.sandboxes]))
        yield Step(place, each.do or each.docker or "", each.there or "", each.do is None), ()
        return
    made = faults.find(each.fault)
    inspect.signature(made).bind(world, **each.with_)
    yield from _of_fault(made(world, **each.with_))


def _of_fault(fault: Fault) -> Iterator[tuple[Step, tuple[str, ...]]]:
    for command in fault.commands:
        yield Step(command.place, _lines(command)), fault.requires
    for command in fault.there:
        yield Step(command.place, "", _lines(command)), fault.requires


def _lines(command: Command) -> str:
    return command.argv[2] if command.argv[:2] == ("sh", "-ec") else shlex.join(command.argv)


def _journey(world: World, i: int, each: Check, findings: list[Finding]) -> Journey:
    kind = str(each.probe)
    places = {**world.machines, **world.sandboxes}
    starts = [*places, each.id] if each.new_on else [*places]
    pods, hosts = [*world.sandboxes], [m.name for m in world.hosts()]
    named = (("from", each.from_, starts), ("recreate", each.recreate, pods), ("new_on", each.new_on, hosts))
    for key, name, known in named:
        if name is not None and name not in known:
            findings.append(Finding(("checks", i, key), unknown("place", name, known)))
    to = str(each.dns if kind == "dns" else each.to)
    address = _address(world, to) if kind != "dns" else None
    port = None if kind in ("dns", "icmp") else _port(i, kind, getattr(each, kind), findings)
    return Journey(
        id=each.id,
        source=each.from_,
        kind=kind,  # type: ignore[arg-type]
        target=address or to,
        port=port,
        denied=each.expect == "denied",
        identity=each.identity or (to if address else None),
        seen=each.source,
        answers=each.answers,
        local_port=None if each.local_port is None else _port(i, "local_port", each.local_port, findings),
        **{key: getattr(each, key) for key in _AS_THEY_STAND},
    )


def _address(world: World, name: str) -> str | None:
    """The IPv4 address of a place; None for what is no place's name."""
    place = world.machines.get(name) or world.sandboxes.get(name)
    return str(place.address(4)) if place else None


def _port(i: int, key: str, value: int | str, findings: list[Finding]) -> int:
    text = str(value)
    if re.fullmatch(r"\d{1,5}", text) and 0 < int(text) < 65536:
        return int(text)
    findings.append(Finding(("checks", i, key), f"a port from 1 to 65535 was expected, not {text!r}"))
    return 0
