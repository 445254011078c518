"""What must hold of a lab.yml beyond the types of its values, whatever the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from .. import faults
from ..causes import COMPONENTS, MECHANISMS
from ..finding import Finding
from ..model import CHECK_PROBES, Cause, Check, Exercise, Injection
from ..nearest import unknown
from .questions import QUESTIONS

__all__ = ["check"]


def check(exercise: Exercise) -> Iterator[Finding]:
    """Everything wrong, each at its path."""
    yield from _checks(exercise)
    yield from _breaks(exercise)
    yield from _injections(exercise)
    yield from _terms(exercise)


def _checks(exercise: Exercise) -> Iterator[Finding]:
    ids = Counter(c.id for c in exercise.checks)
    for i, each in enumerate(exercise.checks):
        path = ("checks", i)
        if ids[each.id] > 1:
            yield Finding((*path, "id"), f"{each.id!r} is the id of {ids[each.id]} checks")
        if each.probe is None:
            yield Finding(path, f"exactly one of {', '.join(CHECK_PROBES)} was expected in check {each.id!r}")
        if each.probe != "dns" and each.to is None:
            yield Finding(path, f"key 'to' is missing in check {each.id!r}")
        if (each.recreate or each.converge or each.new_on) and each.group != "persistence":
            yield Finding((*path, "group"), "what changes the lab first belongs to the group persistence")
        if each.any_family and (each.expect == "denied" or each.at_once or each.probe in ("dns", "stray")):
            yield Finding((*path, "any_family"), "addresses in turn are for flows one after another that are reached")
        yield from _denial(exercise, i, each)


def _denial(exercise: Exercise, i: int, each: Check) -> Iterator[Finding]:
    if each.expect != "denied":
        return
    others = {c.id: c for c in exercise.checks if c.id != each.id}
    if each.beside is None:
        message = "a denial needs `beside`: a check of the same source that is reached, or silence would prove nothing"
        yield Finding(("checks", i), message)
    elif each.beside not in others:
        yield Finding(("checks", i, "beside"), unknown("check", each.beside, others))
    elif others[each.beside].from_ != each.from_:
        yield Finding(("checks", i, "beside"), f"{each.beside!r} asks from somewhere else, and so proves nothing here")


def _breaks(exercise: Exercise) -> Iterator[Finding]:
    every = [c.id for c in exercise.checks]
    for i, word in enumerate(exercise.breaks):
        if word not in every:
            yield Finding(("breaks", i), unknown("check", word, every))
    if bool(exercise.breaks) == exercise.healthy:
        message = "nothing is broken, and so nothing can fail" if exercise.healthy else "which checks must fail?"
        yield Finding(("breaks",), message, at_key=True)
    hinted = [c.id for c in exercise.checks if c.group != "persistence" or c.id in exercise.breaks]
    for word in exercise.hints:
        if word not in hinted:
            yield Finding(("hints", word), unknown("check", word, hinted), at_key=True)
    if exercise.breaks and not set(exercise.hints) & set(exercise.breaks):
        yield Finding(("hints",), "none of the checks that fail has a hint", at_key=True)


def _injections(exercise: Exercise) -> Iterator[Finding]:
    for key in ("setup", "decoys", "faults"):
        for i, each in enumerate(getattr(exercise, key)):
            yield from _injection((key, i), each)
    if exercise.faults and not any(each.fault or each.there for each in exercise.faults):
        yield Finding(("faults", 0), "key 'there' is missing: lines that succeed only while the artifact is there")


def _injection(path: tuple[str, int], each: Injection) -> Iterator[Finding]:
    if sum(given is not None for given in (each.fault, each.do, each.docker)) != 1:
        yield Finding(path, "exactly one of fault, do and docker was expected")
    elif each.fault is not None:
        known = faults.names()
        if each.fault not in known:
            yield Finding((*path, "fault"), unknown("fault", each.fault, known))
    elif each.on is None:
        yield Finding(path, "key 'on' is missing: where are these lines run?")


def _terms(exercise: Exercise) -> Iterator[Finding]:
    yield from _cause(("cause",), exercise.cause)
    for i, cause in enumerate(exercise.also):
        yield from _cause(("also", i), cause)
    if (exercise.cause.component == "none") != exercise.healthy:
        yield Finding(("cause", "component"), "the component is none exactly where nothing is broken")
    for i, word in enumerate(exercise.questions):
        if word not in QUESTIONS:
            yield Finding(("questions", i), unknown("question", word, QUESTIONS))


def _cause(path: tuple[str | int, ...], cause: Cause) -> Iterator[Finding]:
    for key, told, known in (("component", cause.component, COMPONENTS), ("mechanism", cause.mechanism, MECHANISMS)):
        if told not in known:
            yield Finding((*path, key), unknown(key, told, known))
