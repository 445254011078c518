"""What makes a node look like a machine: its hostname, and an /etc, /var, /run, /root and /tmp of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import syscalls
from ..namespace import enter

__all__ = ["ETC", "STATE", "furnish"]

#: The capsule's pristine /etc, read-only.
ETC = Path("/.etc")
#: What must be in view for vethlab to run, where the capsule staged it.
NEEDED = Path("/.needed")
#: Where the capsule keeps what is a machine's own.
STATE = Path("/run/vethlab/nodes")
_VARIABLE = ("lib/vethlab", "log/journal", "cache", "spool", "tmp", "www")
_LOCALHOST = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"


def furnish(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `machine`: inside the namespaces of `pid`, mount what is its own.

    A machine that boots again has on its disk what it had; /run and /tmp are new.
    """
    needed = _needed()
    enter(asked["pid"], "net", "uts", "mnt")
    socket.sethostname(asked["name"])
    own = STATE / asked["name"]
    if not own.exists():
        _make_disk(own, asked)
    _make_volatile(own)
    for name in ("etc", "var", "root", "tmp", "srv", "run"):  # /run last: it hides the others' source
        syscalls.bind(own / name, Path("/", name))
    _show_again(needed)
    Path("/proc/sys/net/ipv6/conf/default/accept_dad").write_text("0")
    answer()


def _needed() -> list[Path]:
    """The interpreter and vethlab may lie below what is about to be covered (/root, /tmp): modules run from there."""
    points = (Path(line.split()[4]) for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return [point for point in points if point.is_relative_to(NEEDED)]


def _show_again(points: list[Path]) -> None:
    for point in points:
        target = Path("/") / point.relative_to(NEEDED)
        (target if point.is_dir() else target.parent).mkdir(parents=True, exist_ok=True)
        if not point.is_dir():
            target.touch()
        syscalls.bind(point, target)


def _copy_etc(target: Path, asked: Mapping[str, Any]) -> None:
    """Files are copied, to be written to; directories nobody edits are links to the pristine ones."""
    target.mkdir()
    for source in ETC.iterdir():
        if source.is_dir():
            (target / source.name).symlink_to(source)
        else:
            (target / source.name).write_bytes(source.read_bytes())
    (target / "hostname").write_text(asked["name"] + "\n")
    (target / "hosts").write_text(_LOCALHOST + asked["hosts"])


def _make_disk(own: Path, asked: Mapping[str, Any]) -> None:
    for name in ("root", "srv", *(f"var/{name}" for name in _VARIABLE)):
        (own / name).mkdir(parents=True)
    (own / "var/run").symlink_to("/run")
    (own / "var/lock").symlink_to("/run/lock")
    (own / "root").chmod(0o700)
    _copy_etc(own / "etc", asked)


def _make_volatile(own: Path) -> None:
    for name in ("run/lock", "run/netns", "tmp"):
        (own / name).mkdir(parents=True)
    (own / "tmp").chmod(0o1777)
