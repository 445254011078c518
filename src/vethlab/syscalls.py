"""The system calls of a capsule that Python 3.11 lacks: unshare(2), mount(2), mount_setattr(2), pivot_root(2)."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from .namespace import libc_call

__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "bind",
    "detach",
    "make_private",
    "make_read_only",
    "mount",
    "pivot_root",
    "set_dumpable",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x2, 0x4, 0x8
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MNT_DETACH = 2
_PR_SET_DUMPABLE = 4
_SYS_MOUNT_SETATTR, _SYS_PIVOT_ROOT = 442, {"x86_64": 155, "aarch64": 41}.get(os.uname().machine, 155)
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 0x1, 0x2


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def unshare(flags: int) -> None:
    """unshare(2). Raises OSError."""
    libc_call("unshare", flags)


def mount(source: str, target: Path | str, kind: str, options: str = "", flags: int = 0) -> None:
    """mount(2) of a new file system. Raises OSError naming the target."""
    _mount(source, target, kind, flags, options)


def bind(source: Path | str, target: Path | str) -> None:
    """A bind mount with everything that is mounted below the source."""
    _mount(str(source), target, "", _MS_BIND | _MS_REC, "")


def make_private(target: Path | str = "/") -> None:
    """Stop mounts from travelling between this mount namespace and any other (mount_namespaces(7))."""
    _mount("none", target, "", _MS_REC | _MS_PRIVATE, "")


def make_read_only(target: Path | str, *, below: bool = True) -> None:
    """Read-only and without set-user-ID, with every mount below; flags that are locked stay (mount_setattr(2))."""
    wanted = _MountAttr(_MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    path = os.fsencode(target)
    size = ctypes.sizeof(wanted)
    libc_call("syscall", _SYS_MOUNT_SETATTR, _AT_FDCWD, path, _AT_RECURSIVE if below else 0, bytes(wanted), size)


def pivot_root(root: Path | str) -> None:
    """Make `root` (a mount point) the root, and let go of the old one (pivot_root(2), the "." trick)."""
    os.chdir(root)
    libc_call("syscall", _SYS_PIVOT_ROOT, b".", b".")
    detach(".")
    os.chdir("/")


def detach(target: Path | str) -> None:
    """umount2(2) with MNT_DETACH."""
    libc_call("umount2", os.fsencode(target), _MNT_DETACH)


def set_dumpable() -> None:
    """Let the owner of the user namespace look into /proc/PID again after a change of ids (proc(5))."""
    libc_call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)


def _mount(source: str, target: Path | str, kind: str, flags: int, options: str) -> None:
    try:
        libc_call("mount", os.fsencode(source), os.fsencode(target), kind.encode(), flags, options.encode())
    except OSError as error:
        message = f"cannot mount {kind or source} on {target}: {os.strerror(error.errno or 0)}"
        raise OSError(error.errno, message) from None
