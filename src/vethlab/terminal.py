"""A terminal into a place: a pseudo-terminal of the capsule's own, carried to the one we sit at.

The shell gets a tty it can name (`tty` works), job control, Ctrl-C and the window's size; and it never holds the
caller's own terminal, into which it could type.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import termios
import tty
from collections.abc import Callable, Sequence
from typing import Any

from .capsule import Registered
from .errors import LabError
from .place import run
from .state import PlaceState

__all__ = ["Watch", "attach"]

_TIOCSPTLCK = 0x40045431
_TIOCGPTPEER = 0x5441
_CHUNK = 65536


#: Told what passes by: `i` what is typed, `o` what is shown, `r` the window's new size as COLUMNSxLINES.
Watch = Callable[[str, bytes], None]


def attach(
    lab: Registered,
    place: PlaceState,
    argv: Sequence[str],
    *,
    watch: Watch = lambda kind, data: None,
    seal: Callable[[], None] = lambda: None,
    held: Callable[[], str] = lambda: "",
) -> int:
    """Run a command on a terminal in the place until it ends; returns its status. Without a terminal here, plainly.

    `watch` sees the terminal from outside; `seal` is called inside, just before the command. While `held` says why,
    nothing that is typed goes through, and the reason is shown.
    """
    if not (os.isatty(0) and os.isatty(1)):
        return run(lab, place, argv, before=seal)
    master, slave = _open_terminal(lab)
    _copy_window(master, watch)
    pid = os.fork()
    if pid == 0:
        os.close(master)
        os._exit(run(lab, place, argv, before=lambda: _begin(slave, seal)))
    os.close(slave)
    return _carry(master, pid, watch, held)


def _begin(slave: int, seal: Callable[[], None]) -> None:
    _take(slave)
    seal()


def _open_terminal(lab: Registered) -> tuple[int, int]:
    try:
        master = os.open(lab.root / "dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise LabError(f"no terminal to be had in lab {lab.name!r}: {error.strerror}") from None
    fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
    slave = fcntl.ioctl(master, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
    owner = lab.root.parent.stat()  # root inside, who could not open by its name what belongs to root outside
    os.fchown(slave, owner.st_uid, owner.st_gid)
    return master, slave


def _take(slave: int) -> None:
    """In the child: a new session whose controlling terminal is the slave."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # whatever our own caller ignores, this terminal's keys work
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for target in (0, 1, 2):
        os.dup2(slave, target)


def _copy_window(master: int, watch: Watch) -> None:
    size = fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8)
    fcntl.ioctl(master, termios.TIOCSWINSZ, size)
    lines, columns, _, _ = struct.unpack("4H", size)
    watch("r", f"{columns}x{lines}".encode())


def _carry(master: int, pid: int, watch: Watch, held: Callable[[], str]) -> int:
    before = termios.tcgetattr(0)
    resized = signal.signal(signal.SIGWINCH, lambda *_: _copy_window(master, watch))
    try:
        tty.setraw(0)
        _relay(master, watch, held)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, resized)
        os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _relay(master: int, watch: Watch, held: Callable[[], str]) -> None:
    """Until the other side hangs up."""

    def typed(data: bytes) -> None:
        if reason := held():
            return _write(1, f"\r\n{reason}\r\n".encode())
        watch("i", data)
        _write(master, data)

    def shown(data: bytes) -> None:
        watch("o", data)
        _write(1, data)

    routes: dict[int, Callable[[bytes], Any]] = {0: typed, master: shown}
    while True:
        for ready in select.select(list(routes), [], [])[0]:
            try:
                data = os.read(ready, _CHUNK)
            except OSError:  # EIO: nobody has the slave open any more (pty(7))
                return
            if data:
                routes[ready](data)
            elif ready == master:
                return
            else:
                routes.pop(0)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
