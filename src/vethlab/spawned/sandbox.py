"""Making a sandbox: network, mount, UTS, IPC, PID and cgroup namespaces inside a node, and a first process that pauses.

It sees the node's file system with its own /proc, /sys, /tmp and /etc, in which hostname, hosts and resolv.conf are its
own, as Docker arranges it. Its first process does nothing, as Kubernetes's pause container does; the sandbox lives as
long as it.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .. import syscalls
from ..namespace import enter
from .machine import ETC

__all__ = ["make", "pause"]

_STATE = Path("/var/lib/vethlab/sandboxes")
#: Where the network namespaces of containers have names, as with Docker: `nsenter --net=/run/docker/netns/NAME`.
_NAMED = Path("/run/docker/netns")
_NAMESPACES = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWPID
    | syscalls.CLONE_NEWCGROUP
)


def make(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `sandbox`. Enter the node, fork to be in its PID namespace, unshare, fork the first process."""
    if asked["net_pid"]:
        enter(asked["net_pid"], "net")
    enter(asked["node_pid"], "mnt", "uts", "ipc", "pid", "cgroup")
    if os.fork():
        return
    try:
        if not asked["net_pid"]:
            _own_network(asked)
        syscalls.unshare(_NAMESPACES)
        if os.fork() == 0:
            _first_process(asked, answer)
        os._exit(0)
    except BaseException as error:
        answer(f"{asked['name']}: {error}")
        os._exit(1)


def _own_network(asked: Mapping[str, Any]) -> None:
    """A network namespace, with a name in the node's file system where that is asked for."""
    syscalls.unshare(syscalls.CLONE_NEWNET)
    if asked["named"]:
        name = _NAMED / asked["name"]
        name.parent.mkdir(parents=True, exist_ok=True)
        try:  # noqa: SIM105 - contextlib would make every fork dearer
            syscalls.detach(name)  # of a sandbox of this name that was here before
        except OSError:
            pass
        name.touch()
        syscalls.bind("/proc/self/ns/net", name)


def _first_process(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    syscalls.make_private()
    socket.sethostname(asked["hostname"])
    _mounts(asked)
    if asked["net_pid"]:
        pass  # somebody else's, and set up as they wanted it
    elif asked["ipv6"]:
        Path("/proc/sys/net/ipv6/conf/default/accept_dad").write_text("0")
    else:  # as Docker does where IPv6 is not asked for
        Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
    pause(answer)


def pause(answer: Callable[..., None]) -> None:
    """Become what does nothing, and is the first process of everything that is started here."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # survives exec: what ends here is reaped by the kernel
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setsid()
    os.chdir("/")
    answer()
    _forget_descriptors()
    os.execv("/bin/sleep", ["sleep", "infinity"])


def _mounts(asked: Mapping[str, Any]) -> None:
    flags = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    syscalls.mount("proc", "/proc", "proc", flags=flags)
    if asked["net_pid"] != asked["node_pid"]:  # /sys shows a network namespace, and here it is the node's
        syscalls.mount("sysfs", "/sys", "sysfs", flags=flags)
    syscalls.mount("tmp", "/tmp", "tmpfs", "mode=1777,size=64m")
    own = _STATE / asked["name"] / "etc"
    _make_etc(own, asked)
    syscalls.bind(own, "/etc")


def _make_etc(own: Path, asked: Mapping[str, Any]) -> None:
    """Three files of its own, and links to the pristine rest.

    Files bound over the node's would not last: where a node replaces a file, as every careful editor does, the kernel
    takes off what other mount namespaces have mounted on it (mount_namespaces(7)), and the sandbox gets the node's.
    """
    files = {"hostname": asked["hostname"] + "\n", "hosts": asked["hosts"]}
    files["resolv.conf"] = Path("/etc/resolv.conf").read_text()
    own.mkdir(parents=True, exist_ok=True)
    for left in os.listdir(own):  # noqa: PTH208 - a sandbox of this name was here before
        os.unlink(f"{own}/{left}")  # noqa: PTH108
    with os.scandir(ETC) as entries:
        for entry in entries:
            if entry.name not in files:
                os.symlink(entry.path, f"{own}/{entry.name}")  # noqa: PTH211 - pathlib costs thrice as much, for each sandbox
    for name, text in files.items():
        (own / name).write_text(text)


def _forget_descriptors() -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(null, target)
    os.closerange(3, 256)
