"""What a candidate's shell may not do: root of the lab's network, and of nothing else.

The shell keeps what a network engineer needs of root (capabilities(7): NET_ADMIN, NET_RAW, and the rights over files).
It loses what could uncover or touch anything beyond its place: without SYS_ADMIN it mounts and unmounts nothing and
enters no other namespace; without SYS_PTRACE it looks into no process that has more than it has. The bounding set is
what root regains at every exec, and what is dropped from it never comes back.
"""

from __future__ import annotations

import resource
from pathlib import Path

from .namespace import libc_call

__all__ = ["KEPT", "MOST_PROCESSES", "drop_rights", "limit", "seal"]

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 24, 38, 47, 4
#: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_BROADCAST, NET_ADMIN,
#: NET_RAW, IPC_LOCK, IPC_OWNER, SYS_CHROOT, SYS_NICE (linux/capability.h).
KEPT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 18, 23}
_LAST_CAPABILITY = Path("/proc/sys/kernel/cap_last_cap")

MOST_PROCESSES = 512
#: Of each process, in bytes.
_MOST_MEMORY = 2 << 30
_MOST_FILES = 4096


def seal() -> None:
    """Give up the rest, in the process that is about to become the shell. Raises OSError."""
    drop_rights()
    limit()


def drop_rights() -> None:
    """Keep the capabilities in KEPT, and never get another. Raises OSError."""
    for number in range(int(_LAST_CAPABILITY.read_text()) + 1):
        if number not in KEPT:
            libc_call("prctl", _PR_CAPBSET_DROP, number, 0, 0, 0)
    libc_call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    libc_call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def limit() -> None:
    """Bounds on processes, memory and files, which no child can raise (setrlimit(2))."""
    for kind, most in (
        (resource.RLIMIT_NPROC, MOST_PROCESSES),
        (resource.RLIMIT_AS, _MOST_MEMORY),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard),) * 2)
