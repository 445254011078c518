"""Starting the Docker engine in a node, as a process of that node's."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import syscalls
from ..namespace import enter

__all__ = ["start"]

_CGROUPS = "/sys/fs/cgroup"
_LOG = "/var/log/docker.log"


def start(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `dockerd`, in the namespaces of process `pid`: write `files`, execute `argv` there.

    Its output goes to the node's /var/log/docker.log. `files` maps a path to (text, mode).
    """
    enter(asked["pid"])
    if os.fork():
        return
    try:
        os.setsid()
        os.chdir("/")
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _show_cgroups()
        _write(asked["files"])
        _redirect()
        answer()
        os.closerange(3, 256)
        os.execvp(asked["argv"][0], asked["argv"])
    except BaseException as error:
        answer(f"{asked['name']}: {error}")
        os._exit(1)


def _show_cgroups() -> None:
    """The machine's cgroups, to be looked at and not touched (cgroups(7)).

    runc must see them, and goes without where it may not make one. Version 2 is there on every kernel, also beside
    version 1. Only this mount is made read-only: MS_RDONLY could make the file system so, which is the machine's too.
    """
    syscalls.mount("cgroup2", _CGROUPS, "cgroup2", flags=syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    syscalls.make_read_only(_CGROUPS, below=False)


def _write(files: Mapping[str, tuple[str, int]]) -> None:
    for name, (text, mode) in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)


def _redirect() -> None:
    null = os.open("/dev/null", os.O_RDONLY)
    log = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
