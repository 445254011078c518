"""A program that has already done its importing: it waits, and each time it is asked goes on in a fork of itself.

    python -m vethlab.warm serve DESCRIPTOR MODULE FUNCTION [IMPORT…]     import modules, run files, wait
    python -m vethlab.warm ask SOCKET [ARGUMENT…]                         be MODULE.FUNCTION([PROGRAM, ARGUMENT…])

A descriptor of a socket that listens (`listening`).

Whoever asks lends the fork its standard streams, environment and directory, and returns with its exit status; when it
goes away, the fork and all it started are killed. Ansible imports for most of a second, which so is spent once a lab,
while its machines are still being made.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

__all__ = ["ask", "listening", "serve"]

_STREAMS = 3
_MAX_MESSAGE = 1 << 20


def listening(path: Path) -> socket.socket:
    """Where questions may come from now on, however long the server takes to be ready for them; for `serve`."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    listener.listen(8)
    return listener


def serve(listener: socket.socket, module: str, function: str, imports: list[str]) -> None:
    """Returns never in the server; in a fork of it, ends with the function's exit status."""
    importlib.import_module(module)
    for name in imports:
        runpy.run_path(name, run_name="__main__") if name.endswith(".py") else importlib.import_module(name)
    _forget_garbage()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _keep(connection, module, function)
        connection.close()


def _forget_garbage() -> None:
    """Out of the collector's sight, what is imported is not written to in every fork, which would copy it."""
    gc.collect()
    gc.freeze()


def _keep(connection: socket.socket, module: str, function: str) -> None:
    """Run the function in one more fork, and watch over it and over whoever asked."""
    asked, streams = _receive(connection)
    player = os.fork()
    if player == 0:
        connection.close()
        _play(asked, streams, module, function)
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(player)
    ready, _, _ = select.select([ended, connection.fileno()], [], [])
    if ended not in ready:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(player, signal.SIGKILL)
    _, status = os.waitpid(player, 0)
    with contextlib.suppress(OSError):
        connection.send(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))
    os._exit(0)


def _play(asked: dict[str, Any], streams: list[int], module: str, function: str) -> None:
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(_STREAMS, max(streams) + 1)
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    status: Any = 1
    try:
        status = getattr(sys.modules[module], function)([module, *asked["arguments"]])
    except SystemExit as end:
        status = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    # What was registered to happen at exit belongs to the server: its temporary directory is not ours to remove.
    os._exit(status if isinstance(status, int) else int(status is not None))


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    data, streams, flags, _ = socket.recv_fds(connection, _MAX_MESSAGE, _STREAMS)
    if not data:
        os._exit(0)  # asked and gone
    if len(streams) != _STREAMS or flags & socket.MSG_CTRUNC:
        os._exit(1)  # what the function says would go to the server's own streams
    asked: dict[str, Any] = json.loads(data)
    return asked, streams


def ask(path: Path, arguments: list[str]) -> int:
    """The exit status of the function; 1 if the server dies under way."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(str(path))
    asked = {"arguments": arguments, "environment": dict(os.environ), "directory": str(Path.cwd())}
    socket.send_fds(connection, [json.dumps(asked).encode()], range(_STREAMS))
    status = connection.recv(1)
    return status[0] if status else 1


def main(argv: list[str]) -> int:
    """The exit status: of the function for `ask`; `serve` returns only in a fork."""
    verb, where, *rest = argv
    if verb == "ask":
        return ask(Path(where), rest)
    serve(socket.socket(fileno=int(where)), rest[0], rest[1], rest[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
