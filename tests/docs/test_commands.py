"""Every command of the pages is run, in order, and prints what the page says it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from transcript import Command, File, expects_failure, matches, steps

REPO = Path(__file__).parents[2]
PAGES = sorted([REPO / "README.md", REPO / "CONTRIBUTING.md", *(REPO / "docs").rglob("*.md")])
SECONDS = 120

#: What is not run here, and why. Everything else is.
ELSEWHERE = {
    "git clone": "this is the clone",
    "./vethlab run": "installs packages first; on a fresh machine it is the first thing that is tried",
    "./vethlab test": "this is that test",
    "tox": "the suite in itself",
    "pytest tests": "the suite in itself",
    "python -m build": "tests/package builds the wheel",
    "pip install": "tests/package installs the wheel",
    "sudo": "a test changes nothing on this machine",
    "vethlab converge --inventory": "needs other machines; tests/e2e/remote brings some",
    "vethlab check --inventory": "needs other machines; tests/e2e/remote brings some",
    "vagrant": "needs a hypervisor",
    "VETHLAB_BOX": "needs a hypervisor",
    "VETHLAB_NODES": "needs a hypervisor",
    "vethlab shell": "needs a terminal; its tests bring one",
    "eval": "changes the shell that reads it",
}
#: What a command says where the machine or the user lacks what the page names as its condition.
LACKING = ("traceroute: command not found", "tcpdump: Couldn't change to", "Docker's own engine cannot run")


@dataclass(frozen=True)
class Reader:
    """Somebody who follows a page: in a directory of their own, with labs of their own, which end with the reader."""

    folder: Path
    lab: str
    lifeline: int

    def do(self, step: File | Command) -> None:
        if isinstance(step, File):
            (self.folder / step.name).write_text(step.text)
        elif not any(step.line.startswith(each) for each in ELSEWHERE):
            self.run(step)

    def run(self, command: Command) -> None:
        shell = ["bash", "-euo", "pipefail", "-c", command.line.replace("demo", self.lab)]
        done = subprocess.run(
            shell, cwd=self.folder, env=self.environment, pass_fds=[self.lifeline], timeout=SECONDS,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        printed = done.stdout.replace(self.lab, "demo")
        if any(each in printed for each in LACKING):
            return
        if expects_failure(command.shown):
            assert done.returncode in (1, 2, 3), f"$ {command.line}\nwas to fail, status {done.returncode}\n{printed}"
        else:
            assert done.returncode == 0, f"$ {command.line}\nstatus {done.returncode}\n{printed}"
        if command.shown is not None:
            assert matches(command.shown, printed), (
                f"$ {command.line}\n{printed}\n--- but the page shows\n{command.shown}"
            )

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COLUMNS"))}
        paths = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(REPO / "src")}
        own = {"LIFELINE": str(self.lifeline), "COLUMNS": "100", "VETHLAB_STATE": str(self.folder / "state")}
        return kept | paths | own

    def prepare(self) -> None:
        """`vethlab` and `pytest` as if they were installed; a lab that is brought up ends with this test."""
        plugin = "" if entry_points(group="pytest11", name="vethlab") else "-p vethlab.plugin"
        up = 'case "$1" in up) shift; set -- up --lifeline "$LIFELINE" "$@";; esac'
        up += '; case "$1 $2" in "lab start") shift 2; set -- lab start --lifeline "$LIFELINE" "$@";; esac'
        (self.folder / "bin").mkdir()
        for file, text in (
            ("bin/vethlab", f'{up}\nexec {sys.executable} -m vethlab "$@"'),
            ("bin/pytest", f'exec {sys.executable} -m pytest -p no:cacheprovider {plugin} "$@"'),
        ):
            (self.folder / file).write_text(f"#!/bin/sh\n{text}\n")
            (self.folder / file).chmod(0o755)
        (self.folder / "topologies").symlink_to(REPO / "topologies")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reading, writing = os.pipe()
    someone = Reader(tmp_path, f"docs{os.getpid()}", reading)
    someone.prepare()
    yield someone
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_commands_of_the_page(page: Path, reader: Reader) -> None:
    for step in steps(page.read_text()):
        reader.do(step)


def test_the_readme_shows_a_topology_a_test_and_a_failure() -> None:
    found = list(steps((REPO / "README.md").read_text()))
    assert {"office.yml", "test_office.py"} <= {s.name for s in found if isinstance(s, File)}
    assert any(isinstance(s, Command) and s.line.startswith("pytest test_office.py") for s in found)
    assert any(isinstance(s, Command) and expects_failure(s.shown) for s in found)
