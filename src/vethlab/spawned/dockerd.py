"""Starting the Docker engine in a node, as a process of that node's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import syscalls
from . import detached

__all__ = ["start"]

_CGROUPS = "/sys/fs/cgroup"
_LOG = Path("/var/log/docker.log")
_LIBRARIES = Path("/etc/ld.so.cache")


def start(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `dockerd`, in the namespaces of process `pid`: write `files`, execute `argv` there.

    Its output goes to the node's /var/log/docker.log. `files` maps a path to (text, mode); `libraries`, unless empty,
    is the loader's list of the engine's libraries (ld.so(8)): of its environment it hands nothing on to itself.
    """

    def go_on() -> None:
        _show_cgroups()
        _write(asked["files"])
        if asked["libraries"]:
            _LIBRARIES.write_bytes(Path(asked["libraries"]).read_bytes())
        detached.execute(asked["argv"], answer)

    detached.start(asked, answer, _LOG, go_on)


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
