"""One machine over SSH: the visitor is sent there, asked, and gone when the connection is."""

from __future__ import annotations

import json
import pickle
import select
import shlex
import subprocess
import tempfile
import time
from typing import Any

from ..errors import HostLost, LabError
from ..visitor import GREETING
from .bundle import BOOT, bundle
from .hosts import Host

__all__ = ["Session", "ssh_argv"]

_OPTIONS = {
    "BatchMode": "yes",
    "StrictHostKeyChecking": "yes",
    "ConnectTimeout": "15",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
}
#: Seconds until the machine has logged us in, and has started Python.
_START = 60.0
_HINTS = {
    "Host key verification failed": "if it is the right machine: ssh-keyscan {0} >> ~/.ssh/known_hosts",
    "Permission denied": "the inventory says who to be: ansible_user, ansible_ssh_private_key_file",
    "a password is required": "sudo must not ask there: NOPASSWD, or ansible_user=root",
}


def ssh_argv(host: Host) -> list[str]:
    """The ssh(1) command line up to the remote command. What the inventory says comes first, and so counts."""
    argv = ["ssh", "-T", *host.arguments]
    argv += [word for name, value in _OPTIONS.items() for word in ("-o", f"{name}={value}")]
    argv += ["-p", str(host.port)] if host.port else []
    argv += ["-i", host.key] if host.key else []
    argv += ["-l", host.user] if host.user else []
    return [*argv, "--", host.address]


class Session:
    """Open from the beginning; `greet` waits until the machine answers. Every method raises HostLost."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        command = shlex.join([*(["sudo", "-n"] if host.become else []), host.python, "-I", "-S", "-c", BOOT])
        self._ssh = subprocess.Popen(
            [*ssh_argv(host), command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._held = b""

    def greet(self) -> None:
        """Send what has to be there, and wait for a sign of life."""
        self._send(bundle(), "cannot be reached")
        deadline = time.monotonic() + _START
        while GREETING not in self._held:
            self._receive(deadline, "cannot be reached")
        self._held = self._held.partition(GREETING)[2]

    def ask(self, seconds: float, **request: Any) -> dict[str, Any]:
        """One request, and its answer within `seconds`. An error of the machine's own is raised as LabError."""
        self._send(pickle.dumps(request | {"seconds": seconds}), "dropped off")
        deadline = time.monotonic() + seconds
        size = int.from_bytes(self._take(4, deadline), "big")
        answer: dict[str, Any] = json.loads(self._take(size, deadline))
        if "error" in answer:
            raise LabError(f"{self.host.name}: {answer['error']}")
        return answer

    def close(self) -> None:
        """The visitor goes when its standard input ends."""
        try:
            self._ssh.communicate(timeout=5)
        except (subprocess.TimeoutExpired, OSError, ValueError):
            self._ssh.kill()
            self._ssh.wait()
        self._errors.close()

    def _send(self, data: bytes, doing: str) -> None:
        assert self._ssh.stdin
        try:
            self._ssh.stdin.write(len(data).to_bytes(4, "big") + data)
            self._ssh.stdin.flush()
        except OSError:
            raise self._lost(doing) from None

    def _take(self, size: int, deadline: float) -> bytes:
        while len(self._held) < size:
            self._receive(deadline, "dropped off")
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    def _receive(self, deadline: float, doing: str) -> None:
        assert self._ssh.stdout
        left = max(0.0, deadline - time.monotonic())
        if not select.select([self._ssh.stdout], [], [], left)[0]:
            self._ssh.kill()
            raise HostLost(self.host.name, doing, "no answer in time")
        data = self._ssh.stdout.read1(1 << 16)  # type: ignore[attr-defined]
        if not data:
            raise self._lost(doing)
        self._held += data

    def _lost(self, doing: str) -> HostLost:
        self._ssh.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        why = lines[-1] if lines else f"ssh ended with status {self._ssh.returncode}"
        hint = next((h for words, h in _HINTS.items() if words in why), "")
        return HostLost(self.host.name, doing, why + (f"\n  {hint.format(self.host.address)}" if hint else ""))
