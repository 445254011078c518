"""Which user and group ids exist inside a capsule (user_namespaces(7)).

started by      inside 0 is          other ids
root            an unprivileged id   a range nobody else uses: even a root that broke out would be nobody
root of a       an unprivileged id   the upper half of the ids the container has; if it has one only, that one
  container
a user with     the user             the range /etc/subuid grants, through newuidmap(1)
  a granted range
any other user  the user             none: programs that change user must be told not to
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["IdMap", "choose", "write"]

#: Far above what useradd(8), adduser(8) and systemd hand out (UID_MAX, SUB_UID_MAX, systemd's container range).
ROOT_RANGE = 1_879_048_192 + 65_536
COUNT = 65_536


@dataclass(frozen=True, slots=True)
class IdMap:
    """(inside, outside, count) for each stretch of ids; the same shape for users and groups."""

    users: tuple[tuple[int, int, int], ...]
    groups: tuple[tuple[int, int, int], ...]
    helper: bool

    @property
    def single(self) -> bool:
        """Only one id exists inside."""
        return sum(count for _, _, count in self.users) == 1


def choose() -> IdMap:
    """The widest map this process may have."""
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        return IdMap((_of_root("uid"),), (_of_root("gid"),), helper=False)
    users, groups = _granted(Path("/etc/subuid"), uid), _granted(Path("/etc/subgid"), uid)
    # newuidmap serves only users it finds in passwd(5).
    if users and groups and _names(uid) and shutil.which("newuidmap") and shutil.which("newgidmap"):
        return IdMap(((0, uid, 1), (1, *users)), ((0, gid, 1), (1, *groups)), helper=True)
    return IdMap(((0, uid, 1),), ((0, gid, 1),), helper=False)


def write(pid: int, ids: IdMap) -> None:
    """Give the new user namespace of process `pid` its map. Raises OSError or CalledProcessError."""
    if ids.helper:
        for tool, stretches in (("newuidmap", ids.users), ("newgidmap", ids.groups)):
            numbers = [str(n) for stretch in stretches for n in stretch]
            subprocess.run([tool, str(pid), *numbers], check=True, capture_output=True, text=True)
        return
    proc = Path(f"/proc/{pid}")
    if ids.single:
        (proc / "setgroups").write_text("deny")
    for name, stretches in (("uid_map", ids.users), ("gid_map", ids.groups)):
        (proc / name).write_text("".join("{} {} {}\n".format(*stretch) for stretch in stretches))


def _of_root(kind: str) -> tuple[int, int, int]:
    """The stretch for root's capsules; in a user namespace itself, root has only the ids mapped there."""
    stretches = [[int(n) for n in line.split()] for line in Path(f"/proc/self/{kind}_map").read_text().splitlines()]
    if any(first <= ROOT_RANGE and first + count >= ROOT_RANGE + COUNT for first, _, count in stretches):
        return 0, ROOT_RANGE, COUNT
    first, _, count = max(stretches, key=lambda stretch: stretch[2])
    half = count // 2
    return (0, first + count - half, min(half, COUNT)) if half else (0, 0, 1)


def _granted(file: Path, uid: int) -> tuple[int, int] | None:
    """The first range that subuid(5) grants this user, by name or by number; at most COUNT ids of it."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    owners = {str(uid), *_names(uid)}
    for line in lines:
        owner, _, rest = line.partition(":")
        start, _, count = rest.partition(":")
        if owner in owners and start.isdigit() and count.isdigit() and int(count):
            return int(start), min(int(count), COUNT)
    return None


def _names(uid: int) -> set[str]:
    try:
        return {pwd.getpwuid(uid).pw_name}
    except KeyError:
        return set()
