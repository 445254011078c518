"""Running one plugin inside a node: in all of its namespaces, with the node's own file system and process list.

The call is bounded: in time, and in what the plugin may print. A plugin that oversteps is killed with its children.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CniError, MachineError

__all__ = ["MOST_OUTPUT", "Answer", "Execution"]

#: Bytes a plugin may print, on each of its streams.
MOST_OUTPUT = 1 << 20
#: How much of what a plugin said an error shows, in characters.
_SHOWN = 300
_UNDECODABLE, _TRY_LATER = 6, 11
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a plugin ended: `status` as subprocess tells it (negative for a signal), and what it printed."""

    status: int
    output: bytes
    complaint: bytes


@dataclass(frozen=True)
class Execution:
    """Runs plugins in the node whose first process is `pid`; `path` are directories there, searched in order."""

    pid: int
    path: tuple[str, ...]
    seconds: float = 60.0

    def find(self, kind: str) -> str:
        """Where the plugin is. Raises CniError in the words every kubelet uses."""
        root = Path(f"/proc/{self.pid}/root")
        for directory in self.path:
            if (root / directory.lstrip("/") / kind).exists():
                return f"{directory}/{kind}"
        message = f'failed to find plugin "{kind}" in path [{" ".join(self.path)}]'
        raise CniError(message, plugin=kind)

    def run(self, kind: str, environment: Mapping[str, str], document: Mapping[str, Any]) -> dict[str, Any] | None:
        """The object the plugin printed, None for nothing. Raises CniError: its own, or what became of it."""
        binary = self.find(kind)
        self._check_executable(binary, kind)
        answer = self._call(binary, environment, json.dumps(document).encode())
        try:
            return _judge(answer)
        except CniError as error:
            raise error.with_context(plugin=kind, command=environment["CNI_COMMAND"]) from None

    def _check_executable(self, binary: str, kind: str) -> None:
        mode = Path(f"/proc/{self.pid}/root{binary}").stat().st_mode
        if not stat.S_ISREG(mode) or not mode & 0o111:
            raise CniError(f"{binary} is not executable: chmod +x it", plugin=kind)

    def _call(self, binary: str, environment: Mapping[str, str], document: bytes) -> Answer:
        # A file in memory: a plugin that does not read cannot make us wait to write.
        stdin = os.memfd_create("cni-stdin")
        try:
            os.write(stdin, document)
            os.lseek(stdin, 0, os.SEEK_SET)
            argv = [*_enter(self.pid), binary]
            process = subprocess.Popen(
                argv,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"PATH": _PATH, **environment},
                start_new_session=True,
            )
        finally:
            os.close(stdin)
        with process:
            try:
                output, complaint = _collect(process, time.monotonic() + self.seconds, self.seconds)
            except CniError:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            return Answer(process.wait(), output, complaint)


def _enter(pid: int) -> Sequence[str]:
    nsenter = shutil.which("nsenter", path=_PATH)
    if nsenter is None:
        raise MachineError("CNI plugins are run by nsenter, which is not here", "sudo apt-get install util-linux")
    return (nsenter, f"--target={pid}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--")


def _collect(process: subprocess.Popen[bytes], deadline: float, seconds: float) -> tuple[bytes, bytes]:
    """Both streams to their end. Raises CniError past the deadline or the bound."""
    assert process.stdout
    assert process.stderr
    streams = (process.stdout, process.stderr)
    said: dict[Any, bytearray] = {stream: bytearray() for stream in streams}
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise CniError(f"it has not finished within {seconds:g} s, and was killed", code=_TRY_LATER)
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                said[key.fileobj] += data
                if not data:
                    selector.unregister(key.fileobj)
                if len(said[key.fileobj]) > MOST_OUTPUT:
                    message = f"it printed more than {MOST_OUTPUT >> 20} MiB, and was killed"
                    raise CniError(message, code=_UNDECODABLE)
    return bytes(said[streams[0]]), bytes(said[streams[1]])


def _judge(answer: Answer) -> dict[str, Any] | None:
    if answer.status:
        raise _error(answer)
    if not answer.output.strip():
        return None
    try:
        document = json.loads(answer.output)
    except ValueError:
        message = f"it printed no JSON but {_shown(answer.output)}"
        raise CniError(message, code=_UNDECODABLE) from None
    if not isinstance(document, dict):
        raise CniError(f"it printed no object but {_shown(answer.output)}", code=_UNDECODABLE)
    return document


def _error(answer: Answer) -> CniError:
    """The plugin's error object, whole; without one, how it ended and what it said (section 5, Error)."""
    try:
        document = json.loads(answer.output)
        return CniError(str(document["msg"]), code=int(document["code"]), details=str(document.get("details") or ""))
    except (ValueError, KeyError, TypeError):
        pass
    ended = (
        f"it died of {signal.Signals(-answer.status).name}"
        if answer.status < 0
        else f"it ended with status {answer.status}"
    )
    said = answer.output.strip() or answer.complaint.strip()
    return CniError(f"{ended} and without an error object" + (f"; it said {_shown(said)}" if said else ""))


def _shown(data: bytes) -> str:
    text = data.decode(errors="replace").strip()
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + " …")
