"""The spawner's own end: take a request, fork a helper for it, take the next.

    daemon ──request──> spawner ──fork──> helper ──enter namespaces, fork──> the new process
       └────────────────────answer, with the new process's id────────────────────┘

The process that a request makes answers for itself, and the kernel attaches its id as the daemon sees it
(SCM_CREDENTIALS, unix(7)), whatever PID namespace it is in.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from typing import Any

from . import container, dockerd, machine, ports, program, sandbox

__all__ = ["MAX_MESSAGE", "Answer", "serve"]

#: Answers a request: with an error, or with nothing when it worked.
Answer = Callable[..., None]

#: Bytes of the largest request or answer.
MAX_MESSAGE = 1 << 16

#: What a helper can do. It may fork; whoever calls its `answer` is the process the daemon will know.
JOBS: dict[str, Callable[[Mapping[str, Any], Answer], None]] = {
    "container": container.make,
    "dockerd": dockerd.start,
    "machine": machine.furnish,
    "ports": ports.hold,
    "program": program.start,
    "sandbox": sandbox.make,
}


def serve(descriptor: int) -> None:
    """Answer requests until the daemon's end of the socket is closed."""
    gc.disable()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # helpers are reaped by the kernel
    channel = socket.socket(fileno=descriptor)
    while received := channel.recv(MAX_MESSAGE):
        request = json.loads(received)
        try:
            helper = os.fork()
        except OSError as error:
            _answer(channel, request, f"{request['name']}: {error.strerror}")
            continue
        if helper == 0:
            os._exit(_help(channel, request))


def _help(channel: socket.socket, request: Mapping[str, Any]) -> int:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def answer(error: str | None = None) -> None:
        _answer(channel, request, error)

    try:
        JOBS[request["job"]](request, answer)
        return 0
    except BaseException as error:
        answer(f"{request['name']}: {error}")
        return 1


def _answer(channel: socket.socket, request: Mapping[str, Any], error: str | None) -> None:
    document = {"number": request["number"]} | ({"error": error} if error else {})
    channel.send(json.dumps(document).encode())
