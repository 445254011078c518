"""`vethlab lab start`: break a lab, and hand over its brief."""

from __future__ import annotations

import argparse
import json
import random
import secrets
import time
from pathlib import Path

from ...errors import InputError
from ..progress import Progress
from ..verb import Verbs, add_verb
from .brief import brief_lines
from .share import let_in

__all__ = ["add"]

_EXAMPLES = """
vethlab lab start ledger-silent
vethlab lab start ledger-silent --seed 7 --name monday
vethlab lab start ledger-silent --interview --candidate "A. Turing" --minutes 30 --seed 7
vethlab lab start ledger-silent --interview --candidate "A. Turing" --share 2222
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "start", run, "break a lab, start the clock and print the brief", _EXAMPLES)
    verb.add_argument("lab", metavar="LAB", help="its name (vethlab lab list), or its folder")
    verb.add_argument("--name", metavar="NAME", help="what the attempt is called (the lab's name)")
    verb.add_argument("--seed", type=int, metavar="S", help="decides addresses, ports and victims (drawn at random)")
    verb.add_argument("--interview", action="store_true", help="reasons, solutions and the seed stay with you")
    verb.add_argument("--candidate", default="", metavar="WHO", help="for the report of an interview")
    verb.add_argument("--minutes", type=int, metavar="M", help="what the candidate has (the lab's own estimate)")
    told = "then let the candidate in, as `lab share` does: a port of 127.0.0.1, or the path of a Unix socket"
    verb.add_argument("--share", type=_door, metavar="WHERE", help=told)
    verb.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)


def _door(text: str) -> Path | int:
    return int(text) if text.isdigit() else Path(text)


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt, Facts
    from ...exercise import find_lab, prepare, read
    from ..start import start_lab
    from .making import SIZE, refuse_missing

    source = read(find_lab(arguments.lab))
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1, 1_000_000)
    prepared = prepare(source, seed)
    refuse_missing(prepared)
    facts = Facts(
        name=arguments.name or source.id,
        lab=source.id,
        folder=str(source.folder.resolve()),
        content=source.content_hash,
        seed=seed,
        mode="interview" if arguments.interview else "practice",
        candidate=arguments.candidate,
        minutes=arguments.minutes or source.exercise.minutes,
    )
    if arguments.interview and not arguments.candidate:
        raise InputError.of("an interview has a candidate: --candidate NAME")
    began = time.monotonic()
    started = start_lab(
        prepared.topology,
        facts.name,
        Progress(quiet=arguments.json),
        owned=True,
        lifeline=arguments.lifeline,
        size=SIZE,
        engine="emulated",
        key=secrets.token_hex(16),
    )
    try:
        attempt = Attempt.begin(prepared, started.registered, facts)
    except BaseException:
        started.capsule.end()
        raise
    started.capsule.keep()
    _show(arguments, attempt, time.monotonic() - began)
    return 0 if arguments.share is None else let_in(facts.name, arguments.share, None)


def _show(arguments: argparse.Namespace, attempt: object, seconds: float) -> None:
    from ...attempt import Attempt

    assert isinstance(attempt, Attempt)
    if arguments.json:
        shown = {"name": attempt.facts.name, "lab": attempt.facts.lab, "mode": attempt.facts.mode}
        more = {} if arguments.interview else {"seed": attempt.facts.seed}
        brief = {"brief": attempt.prepared.exercise.brief, "minutes": attempt.facts.minutes}
        print(json.dumps(shown | more | brief | {"seconds": round(seconds, 2)}))
    else:
        print("\n".join(brief_lines(attempt)))
