"""SIGKILL at any moment leaves the machine as it was: fifty moments, of every verb, for whoever is killed.

A killed command must also leave no half of a lab: what it was making is gone, what it only spoke to lives on.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest
from machine import Machine
from snapshot import Snapshot

VICTIMS = ("command", "daemon", "init")
VERBS = ("run", "up", "converge", "check", "down")
#: Those that make or end all that there can be of a lab; the others only speak to one.
WHOLE = ("run", "up", "down")
#: For each verb and each kind of user; 5 × 2 × 5 is 50.
MOMENTS = 5


@dataclass(frozen=True)
class Moment:
    """Who is killed, and when: a share of what the verb takes undisturbed."""

    victim: str
    share: float


def moments(verb: str, user: str) -> Iterator[Moment]:
    rolled = random.Random(f"{verb} {user}")
    first = rolled.randrange(len(VICTIMS))
    return (Moment(VICTIMS[(first + n) % 3], rolled.random()) for n in range(MOMENTS))


@pytest.mark.parametrize("verb", VERBS)
def test_sigkill_leaves_nothing(verb: str, user: str, pair: str, furnished: str, machine: Machine) -> None:
    before = Snapshot.take()
    topology = furnished if verb in WHOLE else pair
    usual = _undisturbed(machine, verb, user, topology)
    for moment in moments(verb, user):
        _prepare(machine, verb, user, topology)
        process = machine.start(*_words(verb, topology), user=user)
        _sleep_until(process, moment.share * usual)
        _kill(process, moment.victim)
        process.communicate(timeout=60)
        _end_what_may_live(machine, verb, user)
        before.must_come_back()


def _words(verb: str, topology: str) -> tuple[str, ...]:
    return (verb, topology, "--name", "lab") if verb in ("run", "up") else (verb, "lab")


def _prepare(machine: Machine, verb: str, user: str, topology: str) -> None:
    if verb in ("converge", "check", "down"):
        # Whole for root alone: that takes seconds, for each moment.
        until = "start" if verb in WHOLE and user == "root" else "sandboxes"
        made = machine.vethlab("up", topology, "--name", "lab", "--until", until, user=user)
        assert made.returncode == 0, made.stderr


def _undisturbed(machine: Machine, verb: str, user: str, topology: str) -> float:
    """How long the verb takes when it is let be; and that it works at all."""
    _prepare(machine, verb, user, topology)
    began = time.monotonic()
    done = machine.vethlab(*_words(verb, topology), user=user)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    machine.vethlab("down", "--all", user=user)
    return took


def _sleep_until(process: Popen[str], seconds: float) -> None:
    """The moment is the point: nothing is waited for but the time, or the process's end."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)


def _kill(process: Popen[str], victim: str) -> None:
    """The command itself where the other does not exist yet, or no more."""
    pids = {"init": _inside(1), "daemon": _inside(2)}.get(victim, [])
    for pid in pids or [process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _inside(number: int) -> list[int]:
    """The processes here that a capsule knows by that number: 1 is its init, 2 the daemon."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            line = next(x for x in status.read_text().splitlines() if x.startswith("NSpid:"))
        except OSError:
            continue
        if [int(n) for n in line.split()[2:]] == [number]:
            found.append(int(status.parent.name))
    return found


def _end_what_may_live(machine: Machine, verb: str, user: str) -> None:
    """A command that only spoke to a lab, or had it up already, has left a whole one. Any other goes by itself."""
    if any("@vethlab/" in socket for socket in Snapshot.take().sockets):
        labs = machine.labs(user)
        if labs and labs[0]["state"] == "up":
            assert verb != "run"
            machine.vethlab("down", "lab", user=user)
