"""Attempts whose records are in a directory of the test's own, and whose labs end with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

PROMPT = r"root@[\w-]+:[^\n]*# "


class Bench:
    """`vethlab lab VERB …` with a state of its own."""

    def __init__(self, state: Path, lifeline: int) -> None:
        self.state, self.lifeline = state, lifeline
        self.environment = os.environ | {"VETHLAB_STATE": str(state), "PYTHONPATH": ":".join(sys.path), "TERM": "dumb"}

    def run(self, *words: str, status: int = 0) -> str:
        argv = [sys.executable, "-m", "vethlab", "lab", *words]
        done = subprocess.run(
            argv, capture_output=True, text=True, env=self.environment, pass_fds=[self.lifeline], check=False
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + (done.stderr if status else "")

    def ask(self, *words: str, status: int = 0) -> Any:
        text = self.run(*words, "--json", status=status)
        return json.loads(text.splitlines()[0] if status else text)

    def start(self, lab: str, name: str, *words: str) -> Any:
        return self.ask("start", lab, "--name", name, "--lifeline", str(self.lifeline), *words)

    def shell(self, name: str, *place: str) -> pexpect.spawn:
        argv = ["-m", "vethlab", "lab", "shell", name, *place]
        child = pexpect.spawn(
            sys.executable, argv, env=self.environment, encoding="utf-8", timeout=30, dimensions=(24, 120)
        )
        child.expect(PROMPT)
        return child

    def type(self, child: pexpect.spawn, line: str) -> str:
        """What the line prints."""
        child.sendline(line)
        child.expect(PROMPT)
        return str(child.before).partition("\n")[2]

    def leave(self, child: pexpect.spawn) -> None:
        child.sendline("exit")
        child.expect(pexpect.EOF)
        child.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    reading, writing = os.pipe()
    yield Bench(tmp_path_factory.mktemp("attempts"), reading)
    os.close(reading)
    os.close(writing)


@pytest.fixture(scope="module")
def name(request: pytest.FixtureRequest) -> str:
    """Of a lab that no other test process has."""
    return f"{Path(str(request.path)).stem.replace('_', '-')}-{os.getpid()}"
