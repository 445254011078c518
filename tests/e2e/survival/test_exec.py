"""`vethlab exec`: a command in a place of a lab is as good as one at home."""

from __future__ import annotations

import signal
import subprocess
import time

from machine import Machine


def test_commands_in_a_lab(user: str, pair: str, machine: Machine) -> None:
    made = machine.vethlab("up", pair, "--name", "lab", "--until", "underlay", user=user)
    assert made.returncode == 0, made.stderr

    def there(*argv: str, place: str = "node1") -> subprocess.CompletedProcess[str]:
        return machine.vethlab("exec", "lab", place, "--", *argv, user=user)

    for argv, status in (
        (("true",), 0),
        (("sh", "-c", "exit 7"), 7),
        (("sh", "-c", "kill -TERM $$"), 128 + signal.SIGTERM),
        (("sh", "-c", "kill -KILL $$"), 128 + signal.SIGKILL),
        (("bash", "-c", "yes | head -1 >/dev/null; exit ${PIPESTATUS[0]}"), 128 + signal.SIGPIPE),
        (("no-such-program",), 127),
        (("/etc/hostname",), 126),
    ):
        assert there(*argv).returncode == status, argv
    assert there("hostname").stdout == "node1\n"
    assert there("hostname", place="node2/node2").stdout == "node2\n"
    assert "no-such-program: command not found" in there("no-such-program").stderr

    wrong = there("true", place="nod1")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "vethlab: no node or sandbox is named 'nod1', did you mean 'node1'? (vethlab inspect lab lists them)\n",
    )
    assert machine.vethlab("exec", "lab", "node1", user=user).returncode == 2

    _binary_data_goes_through_unchanged(machine, user)
    _streams_stay_apart(machine, user)
    _nothing_of_the_caller_is_seen(machine, user)
    _a_command_dies_with_its_caller(machine, user)
    _two_at_once(machine, user)


def _binary_data_goes_through_unchanged(machine: Machine, user: str) -> None:
    data = bytes(range(256)) * 4096
    cat = machine.start("exec", "lab", "node1", "--", "cat", user=user, stdin=subprocess.PIPE, text=False)
    assert cat.communicate(data)[0] == data


def _streams_stay_apart(machine: Machine, user: str) -> None:
    done = machine.vethlab("exec", "lab", "node1", "--", "sh", "-c", "echo out; echo err >&2", user=user)
    assert (done.stdout, done.stderr) == ("out\n", "err\n")


def _nothing_of_the_caller_is_seen(machine: Machine, user: str) -> None:
    env = {"SECRET": "of the caller", "TERM": "xterm"}
    seen = machine.vethlab("exec", "lab", "node1", "--", "env", user=user, env=env).stdout
    assert "SECRET" not in seen
    assert "TERM=xterm\n" in seen
    assert "HOME=/root\n" in seen


def _a_command_dies_with_its_caller(machine: Machine, user: str) -> None:
    sleep = machine.start("exec", "lab", "node1", "--", "sleep", "4321", user=user)
    _until(lambda: _sleeping(machine, user))
    sleep.kill()
    sleep.wait()
    _until(lambda: not _sleeping(machine, user))


def _sleeping(machine: Machine, user: str) -> bool:
    commands = "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"
    seen = machine.vethlab("exec", "lab", "node1", "--", "sh", "-c", commands, user=user).stdout
    return "sleep 4321" in seen


def _two_at_once(machine: Machine, user: str) -> None:
    """From two terminals: one waits in the node for what the other writes there."""
    reader = machine.start("exec", "lab", "node1", "--", "sh", "-c", "mkfifo /tmp/f; cat /tmp/f", user=user)
    writer = "until test -p /tmp/f; do :; done; echo from the other > /tmp/f"
    machine.vethlab("exec", "lab", "node1", "--", "sh", "-c", writer, user=user)
    assert reader.communicate(timeout=20)[0] == "from the other\n"


def _until(true: object, seconds: float = 20.0) -> None:
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
