"""`vethlab lab replay`: play the recorded terminals here."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable

from ...errors import InputError
from ..verb import Verbs, add_verb
from .attempts import attempt_argument

__all__ = ["add"]

#: Nobody watches a longer silence, in seconds of the recording.
_LONGEST_SILENCE = 2.0
_EXAMPLES = """
vethlab lab replay monday
vethlab lab replay monday --speed 8
vethlab lab replay monday --instant > terminals.txt
"""


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "replay", run, "play the terminals of an attempt", _EXAMPLES, json=False)
    attempt_argument(verb)
    verb.add_argument("--speed", type=float, default=2.0, metavar="X", help="so many times as fast (2)")
    verb.add_argument("--instant", action="store_true", help="without waiting")


def run(arguments: argparse.Namespace) -> int:
    from ...attempt import Attempt, frames

    if arguments.speed <= 0:
        raise InputError.of("--speed wants a number above 0")
    casts = Attempt.find(arguments.name).record.casts()
    if not casts:
        raise InputError.of("no terminal was opened in this attempt")
    pause = (lambda _: None) if arguments.instant else lambda seconds: time.sleep(seconds / arguments.speed)
    for path in casts:
        head, shown = frames(path)
        print(f"── {head.get('title', path.name)}", flush=True)
        _play(shown, pause)
    return 0


def _play(shown: Iterable[tuple[float, str]], pause: Callable[[float], None]) -> None:
    before = 0.0
    for at, text in shown:
        pause(min(_LONGEST_SILENCE, max(0.0, at - before)))
        before = at
        sys.stdout.write(text)
        sys.stdout.flush()
    sys.stdout.write("\x1b[0m\n" if sys.stdout.isatty() else "\n")
