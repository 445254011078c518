"""Why a machine refuses a capsule, and the sentence that says what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from ..errors import InputError, MachineError

__all__ = ["blame", "explain", "full"]

_PROC = Path("/proc/sys")
#: (below /proc/sys, the value that refuses, what to do)
_REMEDIES = (
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor restricts unprivileged user namespaces (Ubuntu 24.04 and later); allow them with\n"
        "  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   or run vethlab as root",
    ),
    (
        "kernel/unprivileged_userns_clone",
        "0",
        "allow user namespaces with: sudo sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        "user/max_user_namespaces",
        "0",
        "allow user namespaces with: sudo sysctl -w user.max_user_namespaces=10000",
    ),
)


def explain(error: OSError, proc: Path = _PROC) -> MachineError:
    """A MachineError for an OSError that came of making namespaces or mounts; `proc` is where sysctls are read."""
    what = f"this machine refuses to make a capsule: {error.strerror or error}"
    if error.errno == errno.EAGAIN:
        return _no_more_processes()
    if error.errno in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EUSERS):
        for name, bad, remedy in _REMEDIES:
            if _read(proc / name) == bad:
                return MachineError(what, remedy)
    if error.errno in (errno.ENOSPC, errno.EUSERS):
        return MachineError(what, "a limit of namespaces is reached (sysctl user); end other labs (vethlab ls)")
    if error.errno in (errno.EPERM, errno.EACCES):
        return MachineError(what, "if this is itself a container, give it leave to make user namespaces and mounts")
    return MachineError(what, "vethlab doctor shows what this machine can do")


def blame(error: BaseException) -> BaseException:
    """What to report for an error inside a capsule: that the lab's disk is full or processes have run out, or itself.

    Either may show anywhere, even in the words of a program, so it is looked for in the message as well.
    """
    said = str(error)
    if isinstance(error, InputError | MachineError):
        return error
    if os.strerror(errno.ENOSPC) in said or _no_room(Path("/var")):
        return full(Path("/var"))
    if os.strerror(errno.EAGAIN) in said or "can't start new thread" in said:
        return _no_more_processes()
    return error


def full(directory: Path) -> MachineError:
    """The tmpfs at `directory`, where all files of a lab lie, is full."""
    found = os.statvfs(directory)
    size = found.f_blocks * found.f_frsize // 1024
    return MachineError(f"the lab's disk of {size} KiB is full", "give it more with --size, as in --size 4g")


def _no_room(directory: Path) -> bool:
    found = os.statvfs(directory)
    return found.f_bavail == 0 and found.f_blocks > 0


def _no_more_processes() -> MachineError:
    return MachineError(
        "this machine lets you start no more processes",
        "end other labs (vethlab ls), or raise the limit: ulimit -u, or pids.max of the cgroup (cgroups(7))",
    )


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
