"""Starting a program in a node or a sandbox: one of vethlab's own small servers, or a program of the machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..sealed import drop_rights, limit
from ..workload.echo import serve
from . import detached

__all__ = ["start"]

_LOGS = Path("/var/log/workloads")


def start(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `program`, in the namespaces of process `pid`.

    With `ports` vethlab's echo server runs, called `identity` or else `name`, and answers once it listens, on `bind` or
    else on every address; with `argv`
    the program is executed, and answers just before; if `bound` without the rights that could lead out of its place, if
    `limited` within an attempt's bounds (vethlab.sealed). Its output goes to the node's /var/log/workloads, to
    `log`.log or else NAME.log.
    """

    def go_on() -> None:
        if asked.get("bound"):
            drop_rights()
        if asked.get("limited"):
            limit()
        if "argv" in asked:
            detached.execute(asked["argv"], answer)
        _serve(asked, answer)

    detached.start(asked, answer, _LOGS / f"{asked.get('log', asked['name'])}.log", go_on)


def _serve(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    ports = {kind: tuple(numbers) for kind, numbers in asked["ports"].items()}
    serve(asked.get("identity") or asked["name"], **ports, ready=answer, key=asked["key"], bind=asked["bind"])
