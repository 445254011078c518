"""Which capsules are running, known from the kernel alone: there is no file that could outlive a lab.

A capsule's init holds an abstract Unix socket (unix(7)) whose name is the lab's. The kernel makes the name unique,
gives the id of the process that listens (SO_PEERCRED), and forgets both the moment that process dies.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, LabError, UnknownLab

__all__ = ["Registered", "find", "reserve", "running"]

#: A capsule is made in a tenth of a second; on a machine that has much else to do it takes longer.
_MAKING_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Registered:
    """A lab's name and the id of its capsule's init, as seen from here; None while it is still being made."""

    name: str
    pid: int | None

    @property
    def root(self) -> Path:
        """The capsule's file system, seen from outside."""
        return Path(f"/proc/{self.pid}/root")


def reserve(name: str) -> socket.socket:
    """Take the name; whoever holds the socket holds it. Raises InputError when a running lab has it."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        lock.bind("\0" + _prefix() + name)
    except OSError:
        lock.close()
        message = f"a lab named {name!r} is running; choose another with --name, or `vethlab down {name}`"
        raise InputError.of(message) from None
    return lock


def running() -> Iterator[Registered]:
    """This user's labs, by name."""
    prefix = "@" + _prefix()
    lines = Path("/proc/net/unix").read_text(errors="replace").splitlines()
    names = {line.rpartition(" ")[2].removeprefix(prefix) for line in lines if f" {prefix}" in line}
    return (Registered(name, _listener(name)) for name in sorted(names))


def find(name: str) -> Registered:
    """The lab of that name; one that is being made is waited for. Raises UnknownLab, naming those there are."""
    deadline = time.monotonic() + _MAKING_SECONDS
    while True:
        labs = {lab.name: lab for lab in running()}
        if name not in labs:
            there = f"running: {', '.join(labs)}" if labs else "none is running; `vethlab up TOPOLOGY` starts one"
            raise UnknownLab(f"no lab is named {name!r} ({there})")
        if labs[name].pid:
            return labs[name]
        if time.monotonic() > deadline:
            raise LabError(f"lab {name!r} has been in the making for {_MAKING_SECONDS:.0f} s")
        time.sleep(0.01)


def _prefix() -> str:
    """Labs of another user, or of another PID namespace that shares this network namespace, are not ours to see."""
    return f"vethlab/{os.getuid()}/{Path('/proc/self/ns/pid').stat().st_ino}/"


def _listener(name: str) -> int | None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC) as client:
        try:
            client.connect("\0" + _prefix() + name)
        except OSError:
            return None
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", credentials)[0]) or None
