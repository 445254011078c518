"""`vethlab lab brief`: the ticket again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..verb import Verbs, add_verb
from .attempts import attempt_argument, clock

if TYPE_CHECKING:
    from ...attempt import Attempt

__all__ = ["add", "brief_lines"]


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "brief", run, "print the brief again", "vethlab lab brief ledger-silent")
    attempt_argument(verb)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt

    attempt = Attempt.find(arguments.name)
    if arguments.json:
        exercise = attempt.prepared.exercise
        print(json.dumps({"name": attempt.facts.name, "brief": exercise.brief, "invariants": exercise.invariants}))
    else:
        print("\n".join(brief_lines(attempt)))
    return 0


def brief_lines(attempt: Attempt) -> Iterator[str]:
    """Title, ticket, what must not change, the means, and what hints cost."""
    exercise, name = attempt.prepared.exercise, attempt.facts.name
    left = max(0.0, attempt.facts.minutes * 60 - attempt.record.elapsed())
    yield f"{exercise.title}   ({attempt.facts.minutes} minutes, {clock(left)} left)"
    yield ""
    yield exercise.brief.rstrip()
    yield ""
    yield "What must not change:"
    yield from (f"  - {text}" for text in exercise.invariants)
    yield ""
    yield "Nothing outside the lab can be hurt. Documentation is allowed, and so is looking around. It may also be that"
    yield "nothing is broken: then saying so is the answer. Any sound fix counts; what counts is what the network does."
    yield "A hint costs 5, 10, 20 or 35 percent, each more telling than the one before."
    yield ""
    yield f"  vethlab lab topo {name}            the network"
    yield f"  vethlab lab shell {name} PLACE     a terminal, as root of the lab"
    if attempt.prepared.topology.containers:
        host = next(attempt.prepared.world.hosts()).name
        yield f"  docker ps                          in a terminal of {host}, as on any host"
    yield f"  vethlab lab check {name}           what works by now"
    yield f"  vethlab lab rca {name} --help      say what it was, before you submit"
    yield f"  vethlab lab submit {name}"
