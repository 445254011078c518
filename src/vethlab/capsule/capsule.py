"""Making a capsule: one process tree in user, mount, PID, network, UTS, IPC and cgroup namespaces of its own.

    maker ──fork──> creator ──unshare, fork──> init (PID 1) ──fork──> lab daemon
      └── writes the id map of the creator's user namespace

The creator ends at once. Messages come back to the maker as lines of JSON; an error on the way is raised there.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from .. import errors, programs, syscalls
from ..errors import LabError, MachineError
from . import idmap, init, registry, root
from .refusal import blame, explain, full

__all__ = ["LOG", "Capsule", "Daemon", "Send", "kill", "start"]

#: Sends one message to the maker; after the maker has gone, does nothing.
Send = Callable[[dict[str, Any]], None]
#: What runs in a capsule: it may send messages, and returns an exit status.
Daemon = Callable[[Send], int]

#: Where a daemon's own output goes, inside.
LOG = Path("/var/log/vethlab.log")

_NAMESPACES = (
    syscalls.CLONE_NEWPID
    | syscalls.CLONE_NEWNET
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWCGROUP
)
_GONE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Capsule:
    """A capsule as its maker sees it; `pid` is that of its init, from outside.

    It ends when the other end of `lifeline` is closed everywhere, so with its owner; None lets it live on.
    """

    name: str
    pid: int
    lifeline: int | None
    channel: TextIO

    def message(self) -> dict[str, Any]:
        """The next message of the daemon. Raises the error it sent, or LabError when it died without a word."""
        line = self.channel.readline()
        if not line:
            raise LabError(f"the capsule of lab {self.name!r} ended unexpectedly")
        document: dict[str, Any] = json.loads(line)
        if "error" in document:
            raise errors.from_json(document)
        return document

    def keep(self) -> bool:
        """Let it live on when its owner ends. False when it is dead already."""
        try:
            return self.lifeline is None or os.write(self.lifeline, b"k") == 1
        except BrokenPipeError:
            return False

    def end(self) -> None:
        """Kill it, and wait until every process of it is gone."""
        kill(self.pid)
        self.channel.close()
        if self.lifeline is not None:
            os.close(self.lifeline)


def kill(pid: int) -> None:
    """End the capsule whose init is `pid`; returns when all its processes have ended. Gone already is fine."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        if not select.select([descriptor], [], [], _GONE_SECONDS)[0]:
            raise LabError(f"the capsule's init {pid} was killed but has not ended after {_GONE_SECONDS:.0f} s")
    except ProcessLookupError:
        pass
    finally:
        os.close(descriptor)


def start(
    name: str,
    daemon: Daemon,
    *,
    assets: Iterable[Path] = (),
    owned: bool,
    lifeline: int | None = None,
    size: str = "1g",
) -> Capsule:
    """Make a capsule and run `daemon` in it. With `owned` it ends when this process does.

    `lifeline`, the reading end of a pipe, makes whoever holds the writing end the owner instead.

    `assets` are host paths that must be readable inside; `size` bounds all its files (tmpfs(5)).
    Raises InputError when the name is taken, MachineError when the machine refuses.
    """
    lock = registry.reserve(name)
    ours, theirs = socket.socketpair()
    alive_read, alive_write = os.pipe2(os.O_CLOEXEC) if owned else (lifeline, None)
    needed = root.needed_paths(assets)
    try:
        creator = os.fork()
    except OSError as error:
        raise explain(error) from None
    if creator == 0:
        keep = [lock.fileno(), theirs.fileno(), *([alive_read] if alive_read is not None else [])]
        _close_all_but(keep)
        os._exit(_create(_Making(name, daemon, needed, size, lock, theirs, alive_read)))
    channel = ours.makefile("rw", buffering=1)
    for end in (lock, theirs, ours):  # the creator waits for us until the channel is closed: its file alone holds it
        end.close()
    if alive_read is not None:
        os.close(alive_read)
    try:
        return _Half(name, creator, channel).finish(alive_write)
    except BaseException:
        if alive_write is not None:
            os.close(alive_write)
        raise


@dataclass(frozen=True, slots=True)
class _Half:
    """The maker's part of the handshake."""

    name: str
    creator: int
    channel: TextIO

    def finish(self, lifeline: int | None) -> Capsule:
        pid = 0
        try:
            capsule = Capsule(self.name, 0, lifeline, self.channel)
            capsule.message()
            self._write_map()
            for _ in range(2):  # the init's own message may overtake the creator's, which tells its id
                pid = capsule.message().get("init", pid)
        except BaseException:
            self.channel.close()
            if pid:
                kill(pid)
            raise
        finally:
            os.waitpid(self.creator, 0)
        return Capsule(self.name, pid, lifeline, self.channel)

    def _write_map(self) -> None:
        try:
            idmap.write(self.creator, idmap.choose())
        except subprocess.CalledProcessError as error:
            remedy = "see /etc/subuid and newuidmap(1)"
            raise MachineError(f"cannot map user ids: {error.stderr.strip()}", remedy) from None
        except OSError as error:
            raise explain(error) from None
        self.channel.write("mapped\n")
        self.channel.flush()


@dataclass(frozen=True, slots=True)
class _Making:
    """What the creator and the init have to know."""

    name: str
    daemon: Daemon
    needed: tuple[Path, ...]
    size: str
    lock: socket.socket
    channel: socket.socket
    lifeline: int | None

    def send(self, document: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the maker may have gone; the lab lives on
            self.channel.sendall(json.dumps(document).encode() + b"\n")


def _create(making: _Making) -> int:
    """The creator: into new namespaces, and fork the init there."""
    try:
        os.setsid()
        staged = _unshare(making)
        pid = os.fork()
        if pid == 0:
            os._exit(_init(making, staged))
        making.send({"init": pid})
        return 0
    except OSError as error:
        making.send(errors.to_json(explain(error)))
        return 3


def _unshare(making: _Making) -> Path:
    """Root stages the file system before it gives up its rights, an ordinary user after it has gained some."""
    if os.getuid() == 0:
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.make_private()
        staged = root.stage(making.needed)
        syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS | _NAMESPACES)
        _become_root_inside(making)
        return staged
    syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS | _NAMESPACES)
    _become_root_inside(making)
    syscalls.make_private()
    return root.stage(making.needed)


def _become_root_inside(making: _Making) -> None:
    making.send({"unshared": True})
    if making.channel.recv(16) != b"mapped\n":
        os._exit(1)
    os.setresgid(0, 0, 0)
    if Path("/proc/self/setgroups").read_text().strip() == "allow":
        os.setgroups([])
    os.setresuid(0, 0, 0)
    syscalls.set_dumpable()


def _init(making: _Making, staged: Path) -> int:
    """PID 1: finish the file system, then look after the daemon."""
    try:
        root.enter_root(staged, making.needed, making.size)
        socket.sethostname("vethlab")
        _redirect_output()
        _refuse_unreadable(making.needed)
    except MachineError as error:
        making.send(errors.to_json(error))
        return 3
    except OSError as error:
        disk = staged / ".write"  # a small one fills up at once
        crammed = os.path.ismount(disk) and not os.statvfs(disk).f_bavail
        making.send(errors.to_json(full(disk) if crammed else explain(error)))
        return 3
    making.send({"capsule": making.name})
    return init.run(lambda: _daemon(making), making.lock, making.lifeline)


def _refuse_unreadable(needed: Iterable[Path]) -> None:
    """Root's capsules run as nobody outside: what only root may read, they cannot run from."""
    for path in needed:
        if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
            remedy = f"it was made with a strict umask; let others read it: sudo chmod -R go+rX {path}"
            raise MachineError(f"a lab cannot read {path}, which vethlab runs from", remedy)


def _daemon(making: _Making) -> int:
    making.lock.close()
    if making.lifeline is not None:
        os.close(making.lifeline)
    try:
        return making.daemon(making.send)
    except BaseException as error:
        traceback.print_exc()
        making.send(errors.to_json(blame(error)))
        return 1
    finally:
        sys.stderr.flush()


def _redirect_output() -> None:
    os.environ.update(HOME="/root", TMPDIR="/tmp", PATH=programs.search_path())
    null, log = os.open("/dev/null", os.O_RDONLY), os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(log)


def _close_all_but(keep: Iterable[int]) -> None:
    """A lab that lives on must not hold open what its maker had open: pipes, terminals, other labs' lifelines."""
    low = 3
    for descriptor in sorted(keep):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))
