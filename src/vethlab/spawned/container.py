"""Making one container of a pod: mount and PID namespaces of its own, in the pod's network, UTS and IPC namespaces.

Its first process pauses, as the pod's own does, and its programs are started beside it. It ends with the pod, whose
PID namespace holds its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from .. import syscalls
from ..namespace import enter
from .sandbox import pause

__all__ = ["make"]


def make(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `container`, in the pod whose first process is `pid`."""
    enter(asked["pid"])
    if os.fork():
        return
    try:
        syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID)
        if os.fork() == 0:
            _first_process(answer)
        os._exit(0)
    except BaseException as error:
        answer(f"{asked['name']}: {error}")
        os._exit(1)


def _first_process(answer: Callable[..., None]) -> None:
    syscalls.make_private()
    flags = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    syscalls.mount("proc", "/proc", "proc", flags=flags)
    syscalls.mount("tmp", "/tmp", "tmpfs", "mode=1777,size=64m")
    pause(answer)
