"""A machine of one's own, for one test: what vethlab takes for the host, without anybody else on it.

A test that takes `machine` runs in PID, mount, network, IPC and UTS namespaces of its own with an empty /tmp, /run,
/dev/shm and /root, as root there. So it may take snapshots of all there is, hide programs, fill disks and forbid
things, and what it sees was caused by nobody but itself, however busy the real machine is.

            pytest is root                         pytest is an ordinary user
root        root                                   root of a user namespace with one id, as in some containers
user        uid 54321, in neither passwd(5)        the user, in a user namespace below that one
            nor subuid(5)
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from vethlab import programs, syscalls
from vethlab.namespace import libc_call
from vethlab.syscalls import CLONE_NEWUSER

__all__ = ["UID", "USERS", "Machine", "environment", "run_on_a_machine"]

USERS = ("root", "user")
UID = 54321
_EMPTY = ("/tmp", "/run", "/dev/shm", "/var/tmp", "/root", "/home")
_CHECKOUT = Path(__file__).parents[3]
_NAMESPACES = (
    syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWNET | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS
)


_PR_SET_PDEATHSIG = 1


class Machine:
    """The machine we are on. `real_root` where pytest was started by root."""

    def __init__(self, real_root: bool) -> None:
        self.real_root = real_root
        # By its name, as pexpect closes every file before it calls what becomes the user.
        self._user_namespace = "" if real_root else f"/proc/{os.getpid()}/fd/{_users_namespace()}"

    def start(self, *arguments: str, user: str = "root", **more: Any) -> subprocess.Popen[str]:
        """`vethlab ARGUMENTS`, begun."""
        return self.run_as(user, [sys.executable, "-m", "vethlab", *arguments], **more)

    def vethlab(self, *arguments: str, user: str = "root", **more: Any) -> subprocess.CompletedProcess[str]:
        """`vethlab ARGUMENTS`, until it has ended."""
        process = self.start(*arguments, user=user, **more)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def run_as(self, user: str, argv: Sequence[str], env: dict[str, str] | None = None, **more: Any) -> Any:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        ids = {"preexec_fn": self.becoming(user)}
        return subprocess.Popen(argv, env=environment() | (env or {}), cwd="/", **({"text": True} | pipes | ids | more))

    def becoming(self, user: str) -> Callable[[], None] | None:
        """What a child of ours calls to be that user."""
        if user == "root":
            return None
        return self.becoming_number(UID) if self.real_root else lambda: _become_user(self._user_namespace)

    def becoming_number(self, number: int) -> Callable[[], None]:
        """The same for a user of that number, whom no file knows; only root can be several."""
        return lambda: _become_nobody_known(number)

    def labs(self, user: str = "root") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.vethlab("ls", "--json", user=user).stdout)
        return found

    def hide(self, program: str) -> None:
        """That program is not installed here."""
        found = programs.find(program)
        for path in {found, found.resolve()}:
            if not path.is_symlink():
                syscalls.bind("/dev/null", path)


def run_on_a_machine(body: Callable[[Machine], object]) -> None:
    """Make one in a forked child, and run `body` on it; its failure or skip is ours."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _in_child(body, writer)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    kind, text = json.loads(said) if said else ("failed", f"the test's process ended with wait status {status}")
    if kind == "skipped":
        pytest.skip(text)
    if kind == "failed":
        pytest.fail(text, pytrace=False)


def _in_child(body: Callable[[Machine], object], writer: int) -> None:
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # pytest-xdist ignores it
    real_root = os.geteuid() == 0
    if real_root:
        libc_call("unshare", _NAMESPACES)
    else:
        uid, gid = os.geteuid(), os.getegid()
        libc_call("unshare", CLONE_NEWUSER | _NAMESPACES)
        _map_ids(f"0 {uid} 1", f"0 {gid} 1")
    if os.fork() == 0:
        _be_first_process(lambda: body(Machine(real_root)), writer)
    os.close(writer)
    os.wait()
    os._exit(0)


def _be_first_process(body: Callable[[], object], writer: int) -> None:
    try:
        _die_with_parent()
        _furnish()
        worker = os.fork()
        if worker == 0:
            _report(body, writer)
            os._exit(0)
        while os.wait()[0] != worker:  # whatever loses its parent here is ours to reap
            pass
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _report(body: Callable[[], object], writer: int) -> None:
    try:
        body()
        verdict = ("passed", "")
    except pytest.skip.Exception as skipped:
        verdict = ("skipped", str(skipped))
    except BaseException:
        verdict = ("failed", traceback.format_exc())
    os.write(writer, json.dumps(verdict).encode()[:60000])


def _die_with_parent() -> None:
    """The whole machine ends with the pytest that made it."""
    libc_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _furnish() -> None:
    syscalls.make_private()
    shown = _needed()
    syscalls.mount("proc", "/proc", "proc")
    for directory in filter(os.path.isdir, _EMPTY):
        syscalls.mount("tmpfs", directory, "tmpfs", "mode=1777" if "tmp" in directory else "mode=0755")
    for path, descriptor in shown.items():
        path.mkdir(parents=True, exist_ok=True)
        syscalls.bind(f"/proc/self/fd/{descriptor}", path)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.chdir("/")


def _needed() -> dict[Path, int]:
    """What Python and vethlab need that is about to be covered, held open."""
    wanted = {Path(sys.prefix), Path(sys.base_prefix), _CHECKOUT}
    wanted |= {path.resolve() for path in wanted}
    covered = [p for p in wanted if any(p.is_relative_to(e) for e in _EMPTY)]
    return {p: os.open(p, os.O_PATH) for p in covered if not any(p != c and p.is_relative_to(c) for c in covered)}


def _map_ids(users: str, groups: str) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(users)
    Path("/proc/self/gid_map").write_text(groups)


def _become_nobody_known(number: int) -> None:
    os.setgroups([])
    os.setresgid(number, number, number)
    os.setresuid(number, number, number)
    syscalls.set_dumpable()


def _become_user(namespace: str) -> None:
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    libc_call("setns", descriptor, 0)


def _users_namespace() -> int:
    """The one user namespace of all the user's commands, below the machine's, held open; its maker is gone."""
    ready, go_on = os.pipe(), os.pipe()
    maker = os.fork()
    if maker == 0:
        libc_call("unshare", CLONE_NEWUSER)
        _map_ids(f"{UID} 0 1", f"{UID} 0 1")
        os.write(ready[1], b"!")
        os.read(go_on[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    namespace = os.open(f"/proc/{maker}/ns/user", os.O_RDONLY)
    os.write(go_on[1], b"!")
    os.waitpid(maker, 0)
    for descriptor in (*ready, *go_on):
        os.close(descriptor)
    return namespace


def environment() -> dict[str, str]:
    """Of a command on the machine."""
    source, packages = str(_CHECKOUT / "src"), programs.unpacked()
    found = {"VETHLAB_PACKAGES": str(packages)} if packages else {}
    return found | {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": source, "LANG": "C.UTF-8"}
