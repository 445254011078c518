"""Entering the namespaces of a process (setns(2)), named by the process that lives in them.

A *place* of a lab, be it a node or a sandbox, is known by the id of its first process, as seen in the capsule.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["ALL", "enter", "inside", "libc_call"]

_libc = ctypes.CDLL(None, use_errno=True)

#: Every kind of a place's namespaces, in an order in which they can be entered.
ALL = ("ipc", "uts", "net", "pid", "cgroup", "mnt")


def libc_call(name: str, *args: int | bytes | None) -> int:
    """A libc function by name; raises OSError with the function's name when it returns -1."""
    result = int(getattr(_libc, name)(*args))
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def enter(pid: int, *kinds: str) -> None:
    """Move this process (`pid`: its later children) into the namespaces of `pid`; no kinds means all of them.

    Raises ProcessLookupError or FileNotFoundError when the place is gone. `mnt` needs a process with one thread.
    """
    descriptors = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in kinds or ALL]
    try:
        for descriptor in descriptors:
            libc_call("setns", descriptor, 0)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


@contextmanager
def inside(pid: int) -> Iterator[None]:
    """Run the body in the network namespace of `pid`, and come back. Sockets opened there stay there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter(pid, "net")
        yield
    finally:
        libc_call("setns", home, 0)
        os.close(home)
