"""A terminal over a socket: one line of greeting (token, columns, lines), then bytes in both directions."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import termios
from collections.abc import Sequence

__all__ = ["receive_hello", "relay", "send_hello", "serve_terminal"]

_CHUNK = 65536
_LONGEST_HELLO = 256


def send_hello(connection: socket.socket, token: str, size: tuple[int, int]) -> None:
    """The greeting of who joins, a line of ASCII; `size` is (columns, lines)."""
    connection.sendall(f"{token} {size[0]} {size[1]}\n".encode())


def receive_hello(connection: socket.socket) -> tuple[str, tuple[int, int]]:
    """Token and (columns, lines). Raises ValueError for what is no greeting, OSError when it does not come."""
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_HELLO:
        byte = connection.recv(1)
        if not byte:
            raise ValueError("no greeting")
        line += byte
    token, columns, lines = line.decode("ascii").split()
    return token, (int(columns), int(lines))


def serve_terminal(connection: socket.socket, argv: Sequence[str], size: tuple[int, int]) -> None:
    """Run a command on a terminal of that size, whose other end is the connection, until one of them ends."""
    pid, master = pty.fork()
    if pid == 0:
        try:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup(1) is for us: a line that is cut ends its terminal
            os.execv(argv[0], list(argv))
        finally:
            os._exit(127)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("4H", size[1], size[0], 0, 0))
    try:
        relay(connection, reading=master, writing=master)
    finally:
        os.close(master)  # hangs up on whoever is left
        os.kill(pid, signal.SIGHUP)
        os.waitpid(pid, 0)


def relay(connection: socket.socket, *, reading: int, writing: int) -> bool:
    """Carry bytes until one side ends. True when anything came over the connection."""
    came = False
    while True:
        for ready in select.select([connection.fileno(), reading], [], [])[0]:
            try:
                data = os.read(ready, _CHUNK)
            except OSError:  # the line was cut, or nobody has the terminal open any more
                return came
            if not data:
                return came
            if ready != reading:
                came = True
                _write(writing, data)
            else:
                connection.sendall(data)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
