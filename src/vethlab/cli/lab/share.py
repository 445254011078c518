"""`vethlab lab share`: a way in for a candidate, over a Unix socket or a loopback port, by one-time tokens."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from ...errors import InputError
from ..verb import Verbs, add_verb
from .attempts import attempt_argument
from .wire import receive_hello, serve_terminal

__all__ = ["add", "let_in"]

_EXAMPLES = """
vethlab lab share monday --port 2222
vethlab lab share monday --socket /tmp/monday.sock --place node1
"""
_HELLO_SECONDS = 10.0


def add(verbs: Verbs) -> None:
    verb = add_verb(verbs, "share", run, "let a candidate in, by a token that is good once", _EXAMPLES, json=False)
    attempt_argument(verb)
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, metavar="P", help="of 127.0.0.1")
    where.add_argument("--socket", type=Path, metavar="FILE", help="a Unix socket")
    verb.add_argument("--place", metavar="PLACE", help="where the terminals are (the first host)")


def run(arguments: argparse.Namespace) -> int:
    return let_in(arguments.name, arguments.socket if arguments.port is None else arguments.port, arguments.place)


def let_in(name: str, where: Path | int, place: str | None) -> int:
    """Share an attempt's `place` at a Unix socket, or at a port of 127.0.0.1, until interrupted."""
    from ...attempt import Attempt

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever has left is reaped by the kernel
    for number in (signal.SIGINT, signal.SIGTERM):  # also where whoever started us ignores an interrupt
        signal.signal(number, signal.default_int_handler)
    found = Attempt.find(name).place(place).name
    listener = _listen(where)
    try:
        while True:
            _let_in(listener, name, where, found)
    except KeyboardInterrupt:
        return 0
    finally:
        listener.close()
        if isinstance(where, Path):
            where.unlink(missing_ok=True)


def _listen(where: Path | int) -> socket.socket:
    try:
        if isinstance(where, int):
            return socket.create_server(("127.0.0.1", where))
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(where))
        where.chmod(0o666)  # the token is what lets in
        listener.listen()
        return listener
    except OSError as error:
        raise InputError.of(f"cannot listen on {where}: {error.strerror}") from None


def _let_in(listener: socket.socket, name: str, at: Path | int, place: str) -> None:
    """One token: say it, and take whoever brings it. Others are turned away, and the token stays good."""
    token = secrets.token_hex(16)  # nothing that a command line could take for an option
    where = at if isinstance(at, Path) else f"127.0.0.1:{listener.getsockname()[1]}"
    print(f"vethlab lab join {where} {token}", flush=True)
    while True:
        connection, _ = listener.accept()
        connection.settimeout(_HELLO_SECONDS)
        with suppress(OSError, ValueError):
            told, size = receive_hello(connection)
            if secrets.compare_digest(told, token):
                connection.settimeout(None)
                _serve(connection, name, place, size)
                return
        connection.close()


def _serve(connection: socket.socket, name: str, place: str, size: tuple[int, int]) -> None:
    """In a process of its own, so that the next token can be given out: for a dropped line, or a second terminal."""
    if os.fork():
        return connection.close()
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        serve_terminal(connection, [sys.executable, "-m", "vethlab", "lab", "shell", name, place], size)
    finally:
        os._exit(0)
