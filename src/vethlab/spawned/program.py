"""Starting a program in a node or a sandbox: one of vethlab's own small servers, or a program of the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..sealed import drop_rights, limit
from ..workload.echo import serve
from . import detached

__all__ = ["LOGS", "exit_status_file", "start"]

#: In a node: what its programs print, in NAME.log.
LOGS = Path("/var/log/workloads")


def start(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `program`, in the namespaces of process `pid`.

    With `ports` vethlab's echo server runs, called `identity` or else `name`, and answers once it listens, on `bind` or
    else on every address; with `argv` the program is executed, and answers just before. If `bound` it is without the
    rights that could lead out of its place, if `limited` within an attempt's bounds (vethlab.sealed). If `kept`,
    somebody waits for it and leaves its exit status in `exit_status_file`. `environment` is NAME=VALUE. Its output goes
    to the node's /var/log/workloads, to `log`.log or else NAME.log.
    """

    def go_on() -> None:
        os.environ.update(pair.split("=", 1) for pair in asked.get("environment", ()))
        if asked.get("bound"):
            drop_rights()
        if asked.get("limited"):
            limit()
        if asked.get("kept"):
            _keep(exit_status_file(asked["name"]))
        if "argv" in asked:
            detached.execute(asked["argv"], answer)
        _serve(asked, answer)

    detached.start(asked, answer, LOGS / f"{asked.get('log', asked['name'])}.log", go_on)


def exit_status_file(name: str) -> Path:
    """In a container's node: the exit status of its main program, as waitstatus_to_exitcode has it; missing till then.

    Nobody writes it where the whole container was killed.
    """
    return Path(f"/var/lib/vethlab/sandboxes/{name}/exit-status")


def _keep(file: Path) -> None:
    """Go on as a child. Whoever was here waits for it."""
    file.unlink(missing_ok=True)
    program = os.fork()
    if not program:
        return
    os.closerange(0, 256)
    status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    draft = file.with_suffix(".new")
    draft.write_text(str(status))
    draft.rename(file)
    os._exit(0)


def _serve(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    ports = {kind: tuple(numbers) for kind, numbers in asked["ports"].items()}
    serve(asked.get("identity") or asked["name"], **ports, ready=answer, key=asked["key"], bind=asked["bind"])
