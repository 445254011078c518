"""What runs on a real machine for as long as a check takes, and leaves nothing there.

    controller ──ssh, standard input──> visitor ──unshare, fork──> init of a PID namespace
                                                                     ├── a process for each container and pod
                                                                     ├── its echo server
                                                                     └── the prober

A request is a pickle, an answer JSON (the controller trusts less than it is trusted), each behind its length in four
bytes. When standard input ends, for whatever reason, or nothing comes for PATIENCE, the init ends, and the kernel ends
all the others with it; their namespaces and cables go too. Nothing is written to a disk.

Imports only what travels with it (remote.bundle).
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from . import sandbox, syscalls
from .carrying import wait_carrying
from .errors import VethlabError
from .namespace import enter, libc_call
from .netlink import Netlink
from .probe import observe
from .row import Row
from .workload.echo import serve
from .world import Sandbox

__all__ = ["GREETING", "PATIENCE", "main"]

#: Sent first, so that what a login shell prints before is told apart.
GREETING = b"\0vethlab visits\0"
#: Seconds a visitor stays without a word of its controller.
PATIENCE = 60
_PR_SET_PDEATHSIG = 1
#: The ports of one server, by `tcp`, `udp` and `http`.
_Ports = Mapping[str, tuple[int, ...]]
_PROC_FLAGS = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC


def main() -> int:
    """Answer requests on standard input until it ends. Returns the exit status."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints is a word for people
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID)
    first = os.fork()
    if first:
        return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    libc_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os._exit(_init(requests, answers))


def _init(requests: BinaryIO, answers: BinaryIO) -> int:
    syscalls.make_private()
    syscalls.mount("proc", "/proc", "proc", flags=_PROC_FLAGS)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))  # an init ignores signals without a handler
    answers.write(GREETING)
    answers.flush()
    visit = _Visit()
    while True:
        signal.alarm(PATIENCE)
        size = int.from_bytes(requests.read(4), "big")
        if not size:
            return 0
        request = pickle.loads(requests.read(size))
        signal.alarm(int(request.pop("seconds", PATIENCE)))
        answer = json.dumps(visit.answer(request)).encode()
        answers.write(len(answer).to_bytes(4, "big") + answer)
        answers.flush()


class _Visit:
    """`pids` maps the machine and everything placed on it to processes, as observe wants them."""

    def __init__(self) -> None:
        self.pids: dict[str, int] = {}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            match request["do"]:
                case "place":
                    return self.place(request["node"], request["sandboxes"], request["ports"])
                case "observe":
                    rows = [Row.from_json(row) for row in request["rows"]]
                    return {"observations": [o.to_json() for o in observe(rows, self.pids)]}
                case _:
                    return {}
        except (OSError, RuntimeError, VethlabError) as error:
            return {"error": str(error)}

    def place(self, node: str, sandboxes: list[Sandbox], ports: Mapping[str, _Ports]) -> dict[str, Any]:
        """Make the sandboxes, wire them to the bridges that are there, and start the servers; `ports` by name."""
        self.pids[node] = os.getpid()
        link = Netlink()
        for each in sandboxes:
            self.pids[each.name] = _started(partial(_pause, each))
            self.wire(each, link)
        link.close()
        for name, served in ports.items():
            _started(partial(_serve, name, self.pids[name], served))
        wait_carrying({node: None})
        return {"placed": len(sandboxes)}

    def wire(self, each: Sandbox, link: Netlink) -> None:
        pid = self.pids[each.name]
        sandbox.loopback(pid)
        if each.wiring == "routed":
            sandbox.route_to(each, link, pid, os.getpid())
        else:
            sandbox.attach(each, link, pid)


def _started(work: Callable[[Callable[[], None]], None]) -> int:
    """The process id of a child that has called `ready`. Raises OSError with its words when it died before."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        try:
            work(partial(_say_ready, writing))
        except BaseException as error:
            os.write(writing, f"{error}".encode())
        finally:
            os._exit(1)
    os.close(writing)
    said = os.read(reading, 4096)
    os.close(reading)
    if said != b"r":
        raise OSError(said.decode() or "a process died before it was ready")
    return child


def _say_ready(writing: int) -> None:
    os.write(writing, b"r")
    os.close(writing)


def _pause(each: Sandbox, ready: Callable[[], None]) -> None:
    """A network of its own, and otherwise the machine's: name service reads the machine's resolv.conf."""
    syscalls.unshare(syscalls.CLONE_NEWNET | syscalls.CLONE_NEWUTS)
    socket.sethostname(each.name)
    ipv6 = any(a.version == 6 for a in each.addresses)
    name, value = ("accept_dad", "0") if ipv6 else ("disable_ipv6", "1")
    Path(f"/proc/sys/net/ipv6/conf/default/{name}").write_text(value)
    ready()
    while True:
        signal.pause()


def _serve(name: str, pid: int, ports: _Ports, ready: Callable[[], None]) -> None:
    enter(pid, "net")
    tcp, udp, http = (tuple(ports.get(kind, ())) for kind in ("tcp", "udp", "http"))
    serve(name, tcp=tcp, udp=udp, http=http, ready=ready)
