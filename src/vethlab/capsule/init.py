"""PID 1 of a capsule: it reaps, and dies when it should. The kernel then ends every process of the lab with it.

It ends when the lab daemon ends, when the lifeline (a pipe the owning process holds) is cut, and on SIGTERM. A byte
through the lifeline says that the lab is to live on without an owner.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
from collections.abc import Callable

__all__ = ["run"]


def run(daemon: Callable[[], int], registered: socket.socket, lifeline: int | None) -> int:
    """Fork the daemon and look after it. Returns its exit status once it has ended, or 1 when cut short."""
    registered.listen(64)
    registered.setblocking(False)
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pid = _fork(daemon, (wake_read, wake_write))
    with selectors.DefaultSelector() as selector:
        selector.register(wake_read, selectors.EVENT_READ)
        selector.register(registered, selectors.EVENT_READ)
        if lifeline is not None:
            selector.register(lifeline, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is registered:
                    registered.accept()[0].close()
                elif key.fd == lifeline:
                    if not os.read(lifeline, 1):
                        return 1
                    selector.unregister(lifeline)
                elif signal.SIGTERM in os.read(wake_read, 64):
                    return 1
            status = _reap(pid)
            if status is not None:
                return status


def _fork(daemon: Callable[[], int], descriptors: tuple[int, ...]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    for descriptor in descriptors:
        os.close(descriptor)
    try:
        os._exit(daemon())
    finally:
        os._exit(1)


def _reap(wanted: int) -> int | None:
    """Take in every child that has ended; the exit status of `wanted` if it was among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == wanted:
            found = os.waitstatus_to_exitcode(status)
