"""How containers of the emulated engine end and go on, where no other engine is there to be held against."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from vethlab.client import call
from vethlab.outcome import Refused
from vethlab.place import find_place, nsenter
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("docker-published")
HOST = "node1"
SECONDS = 20.0


def docker(lab: RunningLab, *words: str) -> str:
    done = lab.docker(HOST, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def container(lab: RunningLab, *words: str) -> Iterator[str]:
    docker(lab, "run", "-d", "--name", "brief", *words)
    try:
        yield "brief"
    finally:
        docker(lab, "rm", "-f", "brief")


def eventually(state: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not state():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def names(lab: RunningLab) -> set[str]:
    return {line.split()[-1] for line in docker(lab, "ps", "-a").splitlines()[1:]}


def test_an_end_is_seen_without_being_asked_for(lab: RunningLab) -> None:
    """Its program is killed from its host; the lab itself takes away the place and what was published."""
    with container(lab, "-p", "8700:80", "echo") as name:
        assert str(lab.probe("web", "node1", http=8700)).startswith("http 200")
        lab.run(name, "sh", "-c", "kill -9 $(ss -Hltnp sport = 80 | grep -o 'pid=[0-9]*' | cut -d= -f2)")
        eventually(lambda: name not in lab.state.places)
        assert lab.probe("web", "node1", tcp=8700).outcome == Refused()
        assert docker(lab, "inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name) == "exited 137"


def test_killed_whole_from_its_host_it_has_ended(lab: RunningLab) -> None:
    """By the process id that docker inspect tells. With its first process all in it goes, and nobody says how."""
    with container(lab, "echo") as name:
        lab.run(HOST, "kill", "-9", docker(lab, "inspect", "-f", "{{.State.Pid}}", name))
        eventually(lambda: name not in lab.state.places)
        assert docker(lab, "inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name) == "exited 137"
        docker(lab, "start", name)
        assert name in lab.state.places


def test_one_of_the_file_that_was_killed_whole_comes_back(lab: RunningLab) -> None:
    lab.run(HOST, "kill", "-9", docker(lab, "inspect", "-f", "{{.State.Pid}}", "stranger"))
    eventually(lambda: "stranger" not in lab.state.places)
    assert "stranger" in names(lab)
    docker(lab, "restart", "-t", "0", "stranger")
    assert str(lab.probe("node1", "stranger", tcp=7)).startswith("reached stranger")


def test_made_anew_it_runs_what_it_was_told_to(lab: RunningLab) -> None:
    with container(lab, "-e", "COLOUR=green", "busybox", "sh", "-c", "echo $COLOUR; exec sleep 600") as name:
        call(lab.registered, "/recreate", {"name": name})
        eventually(lambda: docker(lab, "logs", name) == "green\ngreen")
        lab.run(name, "sh", "-c", "kill -9 $(pgrep -x -n sleep)")
        eventually(lambda: docker(lab, "ps", "-q", "--filter", f"name={name}") == "")


def test_the_log_is_followed(lab: RunningLab) -> None:
    with container(lab, "busybox", "sh", "-c", "while echo again; do sleep 0.1; done") as name:
        answer = call(lab.registered, "/docker", {"node": HOST, "argv": ["logs", "-f", "-n", "1", name]})
        there = find_place(lab.registered, answer["place"])
        following = [*nsenter(lab.registered, there), *answer["argv"]]
        with subprocess.Popen(following, stdout=subprocess.PIPE, text=True) as reading:
            assert reading.stdout
            assert [reading.stdout.readline() for _ in range(5)] == ["again\n"] * 5
            docker(lab, "stop", "-t", "0", name)
            eventually(lambda: reading.poll() is not None)


def test_removed_with_its_end(lab: RunningLab) -> None:
    docker(lab, "run", "-d", "--rm", "--name", "brief", "busybox", "true")
    eventually(lambda: "brief" not in names(lab))
    with container(lab, "busybox", "true") as name:
        eventually(lambda: docker(lab, "ps", "-q", "--filter", f"name={name}") == "")
        assert docker(lab, "container", "prune", "-f").splitlines()[0] == "Deleted Containers:"
        assert name not in names(lab)
        docker(lab, "run", "-d", "--name", name, "busybox", "sleep", "600")


def test_what_stops_on_being_told_to_does_so_at_once(lab: RunningLab) -> None:
    words = "trap 'echo bye; exit 5' TERM; while :; do sleep 0.05; done"
    with container(lab, "busybox", "sh", "-c", words) as name:
        eventually(lambda: "SigCgt:\t0000000000000000" not in _status(lab, name))
        docker(lab, "stop", "-t", "15", name)
        assert docker(lab, "inspect", "-f", "{{.State.ExitCode}}", name) == "5"
        assert docker(lab, "logs", name) == "bye"


def _status(lab: RunningLab, name: str) -> str:
    return lab.run(name, "sh", "-c", "cat /proc/$(pgrep -x -o sh)/status").stdout


def test_a_reset_knows_nothing_of_them(lab: RunningLab) -> None:
    docker(lab, "run", "-d", "--name", "left", "busybox", "sleep", "600")
    docker(lab, "run", "-d", "--name", "over", "busybox", "true")
    lab.reset()
    assert not {"left", "over"} & names(lab)
    docker(lab, "run", "-d", "--name", "over", "busybox", "sleep", "600")
