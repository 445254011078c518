"""Everything of a machine that a lab could leave behind, as one value that is compared whole."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["Snapshot"]

_RULES = (("nft", "list", "ruleset"), ("iptables-save",), ("ip6tables-save",), ("iptables-legacy-save",))
_DIRECTORIES = ("/tmp", "/run", "/dev/shm", "/var/tmp", "/var/lib/vethlab")


@dataclass(frozen=True)
class Snapshot:
    """Each field is a set of lines, as the kernel or a tool shows them."""

    interfaces: frozenset[str]
    namespaces: frozenset[str]
    mounts: frozenset[str]
    rules: frozenset[str]
    sysctls: frozenset[str]
    processes: frozenset[str]
    sockets: frozenset[str]
    cgroups: frozenset[str]
    files: frozenset[str]

    @classmethod
    def take(cls) -> Snapshot:
        """Of the network, mount and PID namespace we are in."""
        parts = (_interfaces, _namespaces, _mounts, _rules, _sysctls, _processes, _sockets, _cgroups, _files)
        return cls(*(frozenset(part()) for part in parts))

    def must_come_back(self, seconds: float = 20.0) -> None:
        """Fails unless the machine looks like this again before the deadline."""
        deadline = time.monotonic() + seconds
        while (now := Snapshot.take()) != self:
            assert time.monotonic() < deadline, f"the machine is not as it was:\n{self.difference(now)}"
            time.sleep(0.02)

    def difference(self, other: Snapshot) -> str:
        lines = []
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            lines += [f"  {field.name}: gone  {line}" for line in sorted(mine - theirs)]
            lines += [f"  {field.name}: left  {line}" for line in sorted(theirs - mine)]
        return "\n".join(lines)


def _interfaces() -> Iterable[str]:
    return (f"{index} {name}" for index, name in socket.if_nameindex())


def _namespaces() -> Iterator[str]:
    for pid in _pids():
        for link in _listed(Path(f"/proc/{pid}/ns")):
            try:
                yield str(link.readlink())
            except OSError:
                continue


def _mounts() -> Iterator[str]:
    for pid in _pids():
        try:
            text = Path(f"/proc/{pid}/mountinfo").read_text()
        except OSError:
            continue
        yield from text.splitlines()


def _rules() -> Iterator[str]:
    for command in _RULES:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        # The time of day is in its comments, counters of packets in its chains.
        yield from (f"{command[0]} {line}" for line in done.stdout.splitlines() if line[:1] not in "#:")


def _sysctls() -> Iterator[str]:
    for directory, _, names in os.walk("/proc/sys/net"):
        for name in names:
            try:
                yield f"{directory}/{name} = {Path(directory, name).read_text().strip()}"
            except OSError:  # some can only be written
                continue


def _processes() -> Iterator[str]:
    for pid in _pids():
        try:
            yield f"{pid} {Path(f'/proc/{pid}/cmdline').read_bytes().decode(errors='replace')}"
        except OSError:
            continue


def _sockets() -> Iterator[str]:
    lines = Path("/proc/net/unix").read_text(errors="replace").splitlines()[1:]
    return (line.split(maxsplit=7)[7] for line in lines if len(line.split(maxsplit=7)) == 8)


def _cgroups() -> Iterator[str]:
    """Those that Docker or vethlab would make; others of a busy machine come and go."""
    for directory, below, _ in os.walk("/sys/fs/cgroup"):
        named = (name for name in below if re.search(r"docker|vethlab|moby|^[0-9a-f]{64}$", name))
        yield from (str(Path(directory, name)) for name in named)


def _files() -> Iterator[str]:
    for top in _DIRECTORIES:
        for directory, below, names in os.walk(top):
            # What was shown again for Python and vethlab to be found (machine.py) is not the labs' to write to.
            below[:] = [b for b in below if not os.path.ismount(Path(directory, b))]
            yield from (str(Path(directory, name)) for name in (*below, *names))


def _pids() -> Iterable[str]:
    return (name for name in os.listdir("/proc") if name.isdigit())


def _listed(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []
