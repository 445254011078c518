"""A lab with Docker's own engine leaves nothing either: no daemon, shim, container, mount, cgroup, rule or file."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from machine import Machine
from snapshot import Snapshot

from vethlab import dockerd, programs, syscalls

TOPOLOGY = "single-host-docker"
DYING = """\
#!/bin/sh
[ "$1" = --version ] && exec echo "Docker version 20.10.24, build test"
echo "failed to start daemon: for a test" >&2
exit 1
"""


@pytest.fixture(autouse=True)
def _engine() -> None:
    if reason := dockerd.why_not():
        pytest.skip(reason)


def processes(name: str) -> set[str]:
    """The command lines of this machine's processes whose program has that name."""
    found = (p.read_bytes().decode(errors="replace") for p in Path("/proc").glob("[0-9]*/cmdline"))
    return {line for line in found if Path(line.split("\0")[0]).name == name}


def start(machine: Machine, user: str) -> int:
    """A lab with four containers, running; its capsule's first process."""
    done = machine.vethlab("up", TOPOLOGY, "--name", "lab", "--engine", "dockerd", user=user)
    assert done.returncode == 0, done.stderr
    assert processes("dockerd")
    assert len(processes("containerd-shim-runc-v2")) == 4
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


def test_an_engine_that_dies_is_told_with_its_last_words(machine: Machine) -> None:
    first = Path("/usr/local/sbin")
    syscalls.mount("tmpfs", first, "tmpfs", "mode=0755")
    fake = first / "dockerd"
    fake.write_text(DYING)
    fake.chmod(0o755)
    assert programs.find("dockerd") == fake
    done = machine.vethlab("run", TOPOLOGY, "--engine", "dockerd")
    assert done.returncode == 1
    assert "the Docker engine of node1 has ended\n  failed to start daemon: for a test" in done.stderr


def test_a_machine_without_docker_says_so_or_emulates(machine: Machine) -> None:
    machine.hide("dockerd")
    asked = machine.vethlab("up", TOPOLOGY, "--name", "lab", "--engine", "dockerd")
    assert asked.returncode == 3
    assert "Docker's own engine cannot run: this machine has no dockerd" in asked.stderr
    left = machine.vethlab("up", TOPOLOGY, "--name", "lab", "--engine", "auto", "--until", "capsule")
    assert left.returncode == 0
    assert "Docker is emulated: this machine has no dockerd" in left.stderr
    machine.vethlab("down", "lab")
