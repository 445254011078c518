"""Starting a program in a node or a sandbox: one of vethlab's own small servers, or a program of the machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..namespace import enter
from ..workload.echo import serve

__all__ = ["start"]

_LOGS = Path("/var/log/workloads")


def start(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `program`, in the namespaces of process `pid`.

    With `ports` vethlab's echo server runs, called `identity` or else `name`, and answers once it listens; with `argv`
    the program is executed, and answers just before. Its output goes to the node's /var/log/workloads, to `log`.log or
    else NAME.log.
    """
    enter(asked["pid"])
    if os.fork():
        return
    try:
        os.setsid()
        os.chdir("/")
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _redirect(asked.get("log", asked["name"]))
        if "argv" in asked:
            answer()
            os.closerange(3, 256)
            os.execvp(asked["argv"][0], asked["argv"])
        _serve(asked, answer)
    except BaseException as error:
        answer(f"{asked['name']}: {error}")
        os._exit(1)
    os._exit(0)


def _serve(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    ports = {kind: tuple(numbers) for kind, numbers in asked["ports"].items()}
    serve(asked.get("identity") or asked["name"], **ports, ready=answer, key=asked["key"])


def _redirect(name: str) -> None:
    _LOGS.mkdir(parents=True, exist_ok=True)
    null = os.open("/dev/null", os.O_RDONLY)
    log = os.open(_LOGS / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
