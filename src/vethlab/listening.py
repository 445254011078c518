"""Waiting until a program listens, by the kernel's own list of its namespace's sockets (proc_pid_net(5))."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from .errors import LabError

__all__ = ["listening", "wait_listening"]

_SECONDS = 30.0
#: State of a TCP socket that listens, and of a UDP socket that is bound (include/net/tcp_states.h).
_OPEN = {"tcp": "0A", "udp": "07"}
_PROTOCOL = {"http": "tcp", "tcp": "tcp", "udp": "udp"}


def listening(pid: int, protocol: str) -> set[int]:
    """The ports that are listened on, over either IP version, in the network namespace of `pid`."""
    return {
        int(local.rpartition(":")[2], 16)
        for version in ("", "6")
        for local, state in _sockets(Path(f"/proc/{pid}/net/{protocol}{version}"))
        if state == _OPEN[protocol]
    }


def wait_listening(name: str, pid: int, ports: Mapping[str, tuple[int, ...]]) -> None:
    """Until every port is listened on. Raises LabError after 30 s, naming those that are not."""
    wanted = {(_PROTOCOL[kind], port) for kind, numbers in ports.items() for port in numbers}
    deadline = time.monotonic() + _SECONDS
    while missing := {(p, n) for p, n in wanted if n not in listening(pid, p)}:
        if time.monotonic() > deadline:
            text = ", ".join(f"{protocol} {number}" for protocol, number in sorted(missing))
            raise LabError(
                f"{name}: nothing listens on {text} after {_SECONDS:.0f} s; see /var/log/workloads/{name}.log"
            )
        time.sleep(0.005)


def _sockets(file: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = file.read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        yield fields[1], fields[3]
