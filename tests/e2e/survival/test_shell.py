"""`vethlab shell` on a real terminal, played by pexpect."""

from __future__ import annotations

import subprocess
import sys
import termios

import pexpect
from machine import Machine, environment


def test_a_terminal_in_a_node(user: str, pair: str, machine: Machine) -> None:
    made = machine.vethlab("up", pair, "--name", "lab", "--until", "underlay", user=user)
    assert made.returncode == 0, made.stderr
    shell = _open(machine, user)
    try:
        _it_is_a_terminal(shell)
        _it_has_the_size_of_ours(shell)
        _interrupts_reach_the_command_and_not_the_shell(shell)
        _jobs_stop_and_go_on(shell)
        _it_ends_with_the_status_of_the_shell(shell)
    finally:
        shell.close(force=True)
    _without_a_terminal_it_reads_commands(machine, user)


def _open(machine: Machine, user: str) -> pexpect.spawn:
    argv = ["-m", "vethlab", "shell", "lab", "node1"]
    more = {"preexec_fn": machine.becoming(user), "dimensions": (33, 101), "encoding": "utf-8", "timeout": 20}
    shell = pexpect.spawn(sys.executable, argv, env=environment() | {"TERM": "xterm"}, cwd="/", **more)
    shell.expect(r"node1:.*# ")
    return shell


def _ask(shell: pexpect.spawn, command: str, *expected: str) -> None:
    shell.sendline(command)
    for pattern in expected:
        shell.expect(pattern)
    shell.expect(r"node1:.*# ")


def _it_is_a_terminal(shell: pexpect.spawn) -> None:
    _ask(shell, "tty", r"/dev/pts/\d+")
    _ask(shell, "echo yes > $(tty)", "yes\r\n")
    _ask(shell, "hostname; echo $TERM", "node1\r\nxterm\r\n")


def _it_has_the_size_of_ours(shell: pexpect.spawn) -> None:
    _ask(shell, "stty size", "33 101\r\n")
    shell.setwinsize(40, 120)
    _ask(shell, "until [ \"$(stty size)\" = '40 120' ]; do :; done; echo resized $((1 + 1))", "resized 2\r\n")


def _interrupts_reach_the_command_and_not_the_shell(shell: pexpect.spawn) -> None:
    _ask(shell, "ip link set lo up")
    shell.sendline("ping -i 0.2 127.0.0.1")
    shell.expect("bytes from 127.0.0.1")
    shell.sendintr()
    shell.expect("packets transmitted")
    shell.expect(r"node1:.*# ")
    _ask(shell, "echo still $((40 + 2))", "still 42\r\n")


def _jobs_stop_and_go_on(shell: pexpect.spawn) -> None:
    shell.sendline("cat")
    shell.sendline("echoed")
    shell.expect("echoed\r\nechoed\r\n")
    shell.sendcontrol("z")
    shell.expect("Stopped")
    _ask(shell, "jobs", r"\[1\]\+  Stopped +cat")
    shell.sendline("fg")
    shell.expect("cat\r\n")
    shell.sendline("again")
    shell.expect("again\r\nagain\r\n")
    shell.sendcontrol("d")
    shell.expect(r"node1:.*# ")


def _it_ends_with_the_status_of_the_shell(shell: pexpect.spawn) -> None:
    before = termios.tcgetattr(shell.child_fd)[3]
    assert not before & termios.ECHO, "ours is raw while it carries the other"
    shell.sendline("exit 9")
    shell.expect(pexpect.EOF)
    shell.wait()
    assert shell.exitstatus == 9


def _without_a_terminal_it_reads_commands(machine: Machine, user: str) -> None:
    shell = machine.start("shell", "lab", "node1", user=user, stdin=subprocess.PIPE)
    out, _ = shell.communicate("hostname\nexit 3\n", timeout=20)
    assert (out, shell.returncode) == ("node1\n", 3)


def test_our_own_terminal_is_as_it_was(pair: str, machine: Machine) -> None:
    """After the shell has ended, and after it was killed with its lab: echo is on again, lines are edited again."""
    machine.vethlab("up", pair, "--name", "lab", "--until", "underlay")
    script = f"{sys.executable} -m vethlab shell lab node1; echo after=$?; stty -a"
    for end in ("exit", f"{sys.executable} -m vethlab down lab"):
        ours = pexpect.spawn(
            "bash", ["--norc", "-c", script], env=environment() | {"TERM": "xterm"}, cwd="/", timeout=20
        )
        ours.expect(r"node1:.*# ")
        if end == "exit":
            ours.sendline(end)
        else:
            assert machine.vethlab("down", "lab").returncode == 0
        ours.expect(r"after=\d+")
        ours.expect(pexpect.EOF)
        settings = ours.before.decode().split()
        assert {"echo", "icanon", "isig", "opost"} <= {word.rstrip(";") for word in settings}
