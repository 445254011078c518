"""What a program has that was started for good: a session of its own, and a log that its output goes to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..namespace import enter

__all__ = ["execute", "start"]


def start(asked: Mapping[str, Any], answer: Callable[..., None], log: Path, go_on: Callable[[], None]) -> None:
    """In the namespaces of process `asked["pid"]`, in a process that nobody waits for; what it prints goes to `log`.

    `go_on` is the rest of its life. What it raises is answered.
    """
    enter(asked["pid"])
    if os.fork():
        return
    try:
        os.setsid()
        os.chdir("/")
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _redirect(log)
        go_on()
    except BaseException as error:
        answer(f"{asked['name']}: {error}")
        os._exit(1)
    os._exit(0)


def execute(argv: list[str], answer: Callable[..., None]) -> None:
    """Answer, and become a program that has no file of ours open. Raises OSError."""
    answer()
    os.closerange(3, 256)
    os.execvp(argv[0], argv)


def _redirect(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    null = os.open("/dev/null", os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((null, 0), (file, 1), (file, 2)):
        os.dup2(source, target)
