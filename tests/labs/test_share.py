"""The way in for a candidate: a token is good once, and nobody gets in without."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from conftest import PROMPT, Bench


@pytest.fixture
def door(bench: Bench, name: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    bench.start("ledger-silent", name, "--seed", "1")
    argv = [
        sys.executable,
        "-m",
        "vethlab",
        "lab",
        "share",
        name,
        "--socket",
        str(tmp_path / "door"),
        "--place",
        "orders",
    ]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=bench.environment)
    yield process
    process.terminate()
    process.communicate()
    bench.run("stop", name, "--forget")


def join(bench: Bench, line: str) -> pexpect.spawn:
    """`line` is what `share` printed, without the program's name."""
    argv = ["-m", *line.split()]
    return pexpect.spawn(sys.executable, argv, env=bench.environment, encoding="utf-8", timeout=30, dimensions=(30, 90))


def test_a_token_is_good_once(bench: Bench, name: str, door: subprocess.Popen[str]) -> None:
    assert door.stdout
    first = door.stdout.readline()
    assert first.startswith("vethlab lab join ")
    assert first.split()[-1].isalnum(), "or one of sixty-four would be taken for an option"
    stranger = join(bench, first.rsplit(" ", 1)[0] + " guessed")
    stranger.expect("not, or no longer, good")

    guest = join(bench, first)
    guest.expect("This terminal is recorded")
    guest.expect(PROMPT)
    assert "90" in bench.type(guest, "hostname; tput cols")
    second = door.stdout.readline()
    assert second != first
    again = join(bench, first)
    again.expect("not, or no longer, good")

    # A dropped line: the lab goes on, and the next token lets in.
    guest.close(force=True)
    guest = join(bench, second)
    guest.expect(PROMPT)
    assert "orders" in bench.type(guest, "hostname")
    guest.sendline("exit")
    guest.expect(pexpect.EOF)
    casts = sorted(path.name for path in (bench.state / name).glob("*.cast"))
    assert casts == ["01-orders.cast", "02-orders.cast"]


def test_one_command_starts_it_and_lets_in(bench: Bench, name: str, tmp_path: Path) -> None:
    name, door = f"{name}-at-once", tmp_path / "at-once"
    interview = ["--interview", "--candidate", "A. Turing", "--share", str(door)]
    argv = [sys.executable, "-m", "vethlab", "lab", "start", "ledger-silent", "--name", name, "--seed", "1", *interview]
    argv += ["--lifeline", str(bench.lifeline)]
    interviewer = subprocess.Popen(
        argv, stdout=subprocess.PIPE, text=True, env=bench.environment, pass_fds=[bench.lifeline]
    )
    try:
        assert interviewer.stdout
        line = next(line for line in interviewer.stdout if line.startswith(f"vethlab lab join {door} "))
        guest = join(bench, line)
        guest.expect("This terminal is recorded")
        guest.expect(PROMPT)
        guest.sendline("exit")
        guest.expect(pexpect.EOF)
        interviewer.send_signal(signal.SIGINT)
        assert interviewer.wait(20) == 0
    finally:
        interviewer.kill()
        interviewer.communicate()
    assert not door.exists()
    assert bench.ask("status", name)["running"], "it goes on without the door"
    bench.run("stop", name, "--forget")
