"""Why a machine refuses a capsule, and the sentence that says what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from ..errors import MachineError

__all__ = ["explain"]

_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_CLONE = Path("/proc/sys/kernel/unprivileged_userns_clone")
_LIMIT = Path("/proc/sys/user/max_user_namespaces")


def explain(error: OSError) -> MachineError:
    """A MachineError for an OSError that came of making namespaces or mounts."""
    what = f"this machine refuses to make a capsule: {error.strerror or error}"
    if error.errno in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EUSERS):
        for file, bad, remedy in _REMEDIES:
            if _read(file) == bad:
                return MachineError(what, remedy)
    if error.errno == errno.ENOSPC:
        return MachineError(what, "a limit of namespaces or of memory is reached; end other labs (vethlab ls)")
    if error.errno in (errno.EPERM, errno.EACCES):
        return MachineError(what, "if this is itself a container, give it leave to make user namespaces and mounts")
    return MachineError(what, "vethlab doctor shows what this machine can do")


_REMEDIES = (
    (
        _APPARMOR,
        "1",
        "AppArmor restricts unprivileged user namespaces (Ubuntu 24.04 and later); allow them with\n"
        "  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   or run vethlab as root",
    ),
    (_CLONE, "0", "allow user namespaces with: sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    (_LIMIT, "0", "allow user namespaces with: sudo sysctl -w user.max_user_namespaces=10000"),
)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
