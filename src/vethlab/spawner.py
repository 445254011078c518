"""The lab daemon's end of the spawner: a small process that makes machines' furniture, sandboxes and programs."""

from __future__ import annotations

import itertools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .errors import LabError

__all__ = ["Spawner", "end"]

_CREDENTIALS = struct.Struct("3i")
_MAX_MESSAGE = 1 << 16
#: Requests under way at once: enough to keep the cores busy, few enough never to fill the socket's buffer.
_WINDOW = 8
_SECONDS = 30.0
_END_SECONDS = 10.0
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from vethlab.spawned.server import serve; serve(int(sys.argv[2]))"
)


class Spawner:
    """Starts the small process with an interpreter of its own, which has imported next to nothing."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.settimeout(_SECONDS)
        self._numbers = itertools.count(1)
        package = str(Path(__file__).parents[1])
        argv = [sys.executable, "-I", "-S", "-c", _PROGRAM, package, str(theirs.fileno())]
        self.process = subprocess.Popen(argv, pass_fds=[theirs.fileno()])
        theirs.close()

    def ask(self, requests: Iterable[Mapping[str, Any]]) -> list[int]:
        """The ids of the processes made, in the order of the requests; each names its `job` and a `name`.

        Raises LabError for the first that failed.
        """
        waiting: dict[int, int] = {}
        pids: dict[int, int] = {}
        for position, request in enumerate(requests):
            if len(waiting) == _WINDOW:
                self._take(waiting, pids)
            number = next(self._numbers)
            waiting[number] = position
            self._socket.send(json.dumps({**request, "number": number}).encode())
        while waiting:
            self._take(waiting, pids)
        return [pid for _, pid in sorted(pids.items())]

    def _take(self, waiting: dict[int, int], pids: dict[int, int]) -> None:
        try:
            data, ancillary, _, _ = self._socket.recvmsg(_MAX_MESSAGE, socket.CMSG_SPACE(_CREDENTIALS.size))
        except TimeoutError:
            raise LabError(f"a process was not started within {_SECONDS:.0f} s") from None
        except ConnectionError:
            raise LabError("the spawner has died") from None
        if not data:
            raise LabError("the spawner has died")
        answer = json.loads(data)
        if "error" in answer:
            raise LabError(answer["error"])
        if answer["number"] in waiting:  # an answer to a call that was given up is nobody's
            pids[waiting.pop(answer["number"])] = next(_pids(ancillary))


def _pids(ancillary: Iterable[tuple[int, int, bytes]]) -> Iterator[int]:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            yield _CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0]


def end(pid: int) -> None:
    """Kill a process, and with the first of a sandbox all the others; they have ended when this returns."""
    descriptor = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        select.select([descriptor], [], [], _END_SECONDS)
    finally:
        os.close(descriptor)
