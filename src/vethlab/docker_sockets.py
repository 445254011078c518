"""The emulated engine's socket on each of its hosts, by which a shell there has a docker command (docker_command.py).

docker ps ──argv, standard streams──> the host's socket ──> emulated.docker ──> what it prints, and its status
docker exec NAME COMMAND                               ──> a child of ours, in the container, on those streams
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .docker_command import SOCKET
from .errors import VethlabError
from .lab import Lab
from .namespace import enter
from .sealed import drop_rights, limit

__all__ = ["DockerSockets"]

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MAX_MESSAGE, _STREAMS = 1 << 18, 3
#: For a client to say what it wants, once it is there. The daemon serves one at a time.
_SECONDS = 2.0

#: What the command says where there is no Docker: containers see their host's /run, and have no say over it.
_NOBODY = {
    "stdout": "",
    "stderr": "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n",
    "status": 1,
    "then": (),
}
_CREDENTIALS = struct.Struct("3i")

Docker = Callable[[str, list[str]], dict[str, Any]]


class DockerSockets:
    """`docker` runs a docker command on a host: (host, argv) → the fields of an `emulated.Answer`."""

    def __init__(self, lab: Lab, docker: Docker) -> None:
        self.lab, self.docker = lab, docker
        self._open: dict[str, tuple[int, socket.socket]] = {}

    def keep_up(self) -> None:
        """A socket for every host there is by now; those of hosts that are gone went with them."""
        hosts = {} if self.lab.world.engine == "dockerd" else {m.name: m for m in self.lab.world.hosts() if m.docker0}
        wanted = {name: self.lab.pids[name] for name in hosts if name in self.lab.pids}
        for name, (pid, listener) in list(self._open.items()):
            if wanted.get(name) != pid:
                listener.close()
                del self._open[name]
        for name, pid in wanted.items():
            if name not in self._open:
                self._open[name] = pid, _listen(pid)

    @property
    def listeners(self) -> dict[socket.socket, str]:
        """Each host's socket, to be waited for, and the host's name."""
        return {listener: name for name, (_, listener) in self._open.items()}

    def serve(self, listener: socket.socket) -> None:
        """One docker command. A client that says nothing, or goes away, is no error of ours."""
        node = self.listeners[listener]
        with suppress(OSError, ValueError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(_SECONDS)
                argv, streams = _receive(connection)
                try:
                    if _is_at_home(connection, self.lab.pids[node]):
                        self._answer(connection, node, argv, streams)
                    else:
                        connection.sendall(json.dumps(_NOBODY).encode())
                finally:
                    for stream in streams:
                        os.close(stream)

    def _answer(self, connection: socket.socket, node: str, argv: list[str], streams: list[int]) -> None:
        try:
            answer = self.docker(node, argv)
        except Exception as error:  # whatever somebody on the host made of it, the lab goes on
            words = str(error) if isinstance(error, VethlabError) else f"{type(error).__name__}: {error}"
            answer = {"stdout": "", "stderr": f"{words}\n", "status": 1, "place": None, "then": ()}
        if answer["place"]:
            _detached(lambda: self._run(connection, answer, streams))
        else:
            connection.sendall(json.dumps(answer).encode())

    def _run(self, connection: socket.socket, answer: dict[str, Any], streams: list[int]) -> None:
        """In a process of its own: the command in the container, until it ends or whoever asked has gone."""
        enter(self.lab.pids[answer["place"]])
        running = os.fork()
        if running == 0:
            self._become(answer["argv"], streams)
        ended = os.pidfd_open(running)
        ready, _, _ = select.select([ended, connection.fileno()], [], [])
        if ended not in ready:
            signal.pidfd_send_signal(ended, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(running, 0)[1])
        answer |= {"status": 128 - status if status < 0 else status}
        connection.sendall(json.dumps(answer).encode())

    def _become(self, argv: list[str], streams: list[int]) -> None:
        """As in any container, without the rights by which one gets out of it; in an attempt within its limits."""
        try:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            os.closerange(_STREAMS, 1024)
            drop_rights()
            if self.lab.key:
                limit()
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.chdir("/")
            os.execvpe(argv[0], argv, {"PATH": _PATH, "HOME": "/root", "TERM": "linux"})
        except OSError as error:
            os.write(2, f"exec: {argv[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _listen(pid: int) -> socket.socket:
    path = f"/proc/{pid}/root{SOCKET}"
    with suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 - of this host, started anew
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen(16)
    return listener


def _is_at_home(connection: socket.socket, pid: int) -> bool:
    """Whether whoever asks sees the file system of process `pid`, the host's first (SO_PEERCRED of unix(7))."""
    peer, _, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return Path(f"/proc/{peer}/ns/mnt").samefile(f"/proc/{pid}/ns/mnt")


def _receive(connection: socket.socket) -> tuple[list[str], list[int]]:
    """The words and the standard streams. Raises ValueError for anything else, and keeps nothing of it open."""
    data, streams, flags, _ = socket.recv_fds(connection, _MAX_MESSAGE, _STREAMS)
    try:
        if len(streams) != _STREAMS or flags & socket.MSG_CTRUNC:  # the flag: there was a fourth
            raise ValueError("three streams were expected")
        return _words(connection, data), streams
    except (OSError, ValueError):
        for stream in streams:
            os.close(stream)
        raise


def _words(connection: socket.socket, data: bytes) -> list[str]:
    """A line of JSON that begins with `data`; a stream may bring it in parts."""
    while data and not data.endswith(b"\n") and len(data) < _MAX_MESSAGE:
        more = connection.recv(_MAX_MESSAGE)
        data = data + more if more else b""
    try:
        words = json.loads(data or b"null")
    except RecursionError:
        words = None
    if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
        raise ValueError("words were expected")
    return words


def _detached(work: Callable[[], None]) -> None:
    """In a process that is nobody's child here, and so nobody's to wait for."""
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    try:
        if os.fork() == 0:
            os.setsid()
            work()
    finally:
        os._exit(0)
