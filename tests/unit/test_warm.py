"""A warm program: it answers as one freshly started would, and what it started ends with whoever asked."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vethlab.warm import listening

SOURCES = Path(__file__).parents[2] / "src"
PROGRAM = """
import os, pathlib, sys, time
IMPORTED_BY = os.getpid()

def main(argv):
    if argv[1] == "show":
        print(argv[2:], os.environ["COLOUR"], os.getcwd(), sys.stdin.read())
        print(IMPORTED_BY, file=sys.stderr)
        return 7
    if argv[1] == "crash":
        raise RuntimeError("on purpose")
    if argv[1] == "leave":
        sys.exit(3)
    if os.fork() == 0:
        argv[2] += ".child"
    pathlib.Path(argv[2]).write_text(str(os.getpid()))
    time.sleep(600)
"""


class Server:
    def __init__(self, where: Path) -> None:
        (where / "program_to_warm.py").write_text(PROGRAM)
        self.socket = where / "socket"
        self.environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{SOURCES}{os.pathsep}{where}"}
        with listening(self.socket) as listener:
            descriptor = listener.fileno()
            argv = ("program_to_warm", "main", "json")
            self.process = self.start("serve", str(descriptor), *argv, pass_fds=[descriptor])

    def ask(self, *argv: str, **more: object) -> subprocess.Popen[str]:
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return self.start("ask", str(self.socket), *argv, **streams, **more)

    def start(self, verb: str, *argv: str, **more: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "vethlab.warm", verb, *argv]
        return subprocess.Popen(command, env=self.environment | {"COLOUR": "blue"}, text=True, **more)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()


def test_it_has_the_streams_environment_directory_and_status_of_who_asks(server: Server, tmp_path: Path) -> None:
    asking = server.ask("show", "a", "b c", cwd=tmp_path)
    output, errors = asking.communicate("words")
    assert output == f"['a', 'b c'] blue {tmp_path} words\n"
    assert int(errors) == server.process.pid
    assert asking.returncode == 7


def test_a_crash_is_shown_and_harms_no_later_run(server: Server) -> None:
    asking = server.ask("crash")
    assert "RuntimeError: on purpose" in asking.communicate()[1]
    assert asking.returncode == 1
    assert server.ask("leave").wait() == 3


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_what_it_started_ends_with_who_asked(server: Server, tmp_path: Path) -> None:
    asking = server.ask("wait", str(tmp_path / "pid"))
    files = [tmp_path / "pid", tmp_path / "pid.child"]
    deadline = time.monotonic() + 30
    while not all(file.exists() and file.read_text() for file in files):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    pids = [int(file.read_text()) for file in files]
    assert not any(map(gone, pids))
    asking.kill()
    asking.wait()
    while not all(map(gone, pids)):
        assert time.monotonic() < deadline, "still running"
        time.sleep(0.005)
