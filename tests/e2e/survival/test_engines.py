"""A lab with Docker's own engine leaves nothing either: no daemon, shim, container, mount, cgroup, rule or file."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from machine import Machine
from snapshot import Snapshot

from vethlab import dockerd

TOPOLOGY = "single-host-docker"


@pytest.fixture(autouse=True)
def _engine() -> None:
    if reason := dockerd.why_not():
        pytest.skip(reason)


def processes(name: str) -> set[str]:
    """The command lines of this machine's processes whose program has that name."""
    found = (p.read_bytes().decode(errors="replace") for p in Path("/proc").glob("[0-9]*/cmdline"))
    return {line for line in found if Path(line.split("\0")[0]).name == name}


def start(machine: Machine, user: str) -> int:
    """A lab with two containers, running; its capsule's first process."""
    done = machine.vethlab("up", TOPOLOGY, "--name", "lab", "--engine", "dockerd", user=user)
    assert done.returncode == 0, done.stderr
    assert processes("dockerd")
    assert len(processes("containerd-shim-runc-v2")) == 2
    return int(machine.labs(user)[0]["pid"])


def test_down_takes_the_engine_with_it(user: str, machine: Machine) -> None:
    before = Snapshot.take()
    start(machine, user)
    assert Snapshot.take() != before
    assert machine.vethlab("down", "lab", user=user).returncode == 0
    before.must_come_back()


def test_sigkill_takes_the_engine_with_it(user: str, machine: Machine) -> None:
    before = Snapshot.take()
    os.kill(start(machine, user), signal.SIGKILL)
    before.must_come_back()


def test_a_dead_engine_is_told_with_its_last_words(machine: Machine) -> None:
    """runc is needed to start: without it the engine still answers, and the container does not run."""
    machine.hide("runc")
    done = machine.vethlab("run", TOPOLOGY, "--engine", "dockerd")
    assert done.returncode != 0
    assert "runc" in done.stderr
