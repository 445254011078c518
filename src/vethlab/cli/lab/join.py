"""`vethlab lab join`: the candidate's end of `vethlab lab share`. Needs nothing of the lab but the token."""

from __future__ import annotations

import argparse
import os
import socket
import termios
import tty

from ...errors import InputError
from ..verb import Verbs, add_verb
from .wire import relay, send_hello

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    examples = "vethlab lab join 127.0.0.1:2222 TOKEN\nvethlab lab join /tmp/monday.sock TOKEN"
    verb = add_verb(verbs, "join", run, "enter a lab that somebody shares with you", examples, json=False)
    verb.add_argument("where", metavar="WHERE", help="HOST:PORT or a socket's file")
    verb.add_argument("token", metavar="TOKEN")


def run(arguments: argparse.Namespace) -> int:
    if not os.isatty(0):
        raise InputError.of("there is no terminal here to join with")
    connection = _connect(arguments.where)
    size = os.get_terminal_size(0)
    before = termios.tcgetattr(0)
    try:
        send_hello(connection, arguments.token, (size.columns, size.lines))
        tty.setraw(0)
        took_part = relay(connection, reading=0, writing=1)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        connection.close()
    if not took_part:
        raise InputError.of("the token is not, or no longer, good; ask for the next one")
    return 0


def _connect(where: str) -> socket.socket:
    host, colon, port = where.rpartition(":")
    try:
        if colon and port.isdigit():
            return socket.create_connection((host, int(port)))
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(where)
        return connection
    except OSError as error:
        raise InputError.of(f"cannot join at {where}: {error.strerror}") from None
