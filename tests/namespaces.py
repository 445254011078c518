"""A few network namespaces for one test, in a user, mount and PID namespace of their own: nothing of it stays behind.

A test that takes `netns` runs in a forked child there, as root or as an ordinary user. When the child ends, so does
everything it started.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from vethlab.namespace import enter, libc_call
from vethlab.probe import settle
from vethlab.row import Row
from vethlab.workload.echo import serve

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000


class Namespaces:
    """Namespaces by name. `pids` is what `observe` takes."""

    def __init__(self) -> None:
        self.pids: dict[str, int] = {}
        self.run(None, "ip", "link", "set", "lo", "up")

    def node(self, *names: str) -> None:
        for name in names:
            self.pids[name] = self.process(lambda: libc_call("unshare", CLONE_NEWNET | CLONE_NEWNS), pause)
            self.ip(name, "link set lo up")

    def process(self, prepare: Callable[[], object], work: Callable[[], object]) -> int:
        """A child; returns once it is prepared."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(reader)
                prepare()
                os.write(writer, b"!")
                os.close(writer)
                work()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(writer)
        ready = os.read(reader, 1)
        os.close(reader)
        assert ready, "a process of the netns did not start"
        return pid

    def serve(self, name: str, **ports: tuple[int, ...]) -> int:
        """The echo server, in that place and under its name."""
        reader, writer = os.pipe()
        target = self.pids[name]
        pid = os.fork()
        if pid == 0:
            enter(target, "net")
            serve(name, **ports, ready=lambda: os.write(writer, b"!") and None)
        os.read(reader, 1)
        os.close(reader)
        os.close(writer)
        return pid

    def settle(self, *rows: Row) -> None:
        """Wait until all of these rows are met."""
        found = settle(rows, self.pids, time.monotonic() + 10, timeout=0.2)
        assert all(o.met for o in found), f"the netns did not come up: {found}"

    def run(self, name: str | None, *argv: str, input: str | None = None) -> str:
        """A command in the network namespace of `name`; None is the netns's own."""
        inside = ["nsenter", f"--net=/proc/{self.pids[name]}/ns/net"] if name else []
        done = subprocess.run([*inside, *argv], input=input, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{' '.join(argv)}\n{input or ''}\n{done.stderr}"
        return done.stdout

    def start(self, name: str, *argv: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["nsenter", f"--net=/proc/{self.pids[name]}/ns/net", *argv])

    def ip(self, name: str | None, *lines: str) -> None:
        self.run(name, "ip", "-batch", "-", input="\n".join(lines) + "\n")

    def cable(self, a: str, a_interface: str, b: str, b_interface: str, *addresses: str, mtu: int = 1500) -> None:
        """A veth pair; `addresses` are a's, then b's, for each family."""
        self.ip(
            None,
            f"link add {a_interface} netns {self.pids[a]} mtu {mtu} type veth "
            f"peer name {b_interface} netns {self.pids[b]} mtu {mtu}",
        )
        for name, interface, own in ((a, a_interface, addresses[::2]), (b, b_interface, addresses[1::2])):
            nodad = [f"addr add {x} dev {interface}" + (" nodad" if ":" in x else "") for x in own]
            self.ip(name, *nodad, f"link set {interface} up")

    def route(self, name: str, *routes: str) -> None:
        self.ip(name, *(f"route add {r}" for r in routes))

    def sysctl(self, name: str, key: str, value: object) -> None:
        self.run(name, "sh", "-c", f"echo {value} > /proc/sys/{key.replace('.', '/')}")

    def forward(self, name: str) -> None:
        self.sysctl(name, "net.ipv4.ip_forward", 1)
        self.sysctl(name, "net.ipv6.conf.all.forwarding", 1)
        self.sysctl(name, "net.ipv4.icmp_ratelimit", 0)

    def nft(self, name: str, hook: str, rule: str, kind: str = "filter", priority: int = 0) -> None:
        """One rule in a chain of its own, on `hook`."""
        chain = f"{hook}_{kind}_{abs(priority)}"
        self.run(
            name,
            "nft",
            "-f",
            "-",
            input=f"table inet t {{\nchain {chain} {{\ntype {kind} hook {hook} priority {priority}\n{rule}\n}}\n}}\n",
        )

    def resolv_conf(self, name: str, text: str) -> None:
        """What programs of that place read as /etc/resolv.conf."""
        file = Path(f"/run/resolv.{name}")
        file.write_text(text)
        self.run(
            None, "nsenter", f"--mount=/proc/{self.pids[name]}/ns/mnt", "mount", "--bind", str(file), "/etc/resolv.conf"
        )


def pause() -> None:
    ctypes.CDLL(None).pause()


def eventually(true: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for a state that something else brings about."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def run_in_namespaces(
    body: Callable[[], object], in_child: Callable[[Callable[[], object], int], None] | None = None
) -> None:
    """Fork, enter new namespaces, run `body`; its failure or skip is ours. `in_child` may make other namespaces."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        (in_child or _in_child)(body, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    kind, text = pickle.loads(said) if said else ("failed", f"the test's process ended with wait status {status}")
    if kind == "skipped":
        pytest.skip(text)
    if kind == "failed":
        pytest.fail(text, pytrace=False)


def _in_child(body: Callable[[], object], writer: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    libc_call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    first = os.fork()
    if first == 0:
        try:
            libc_call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
            libc_call("mount", b"proc", b"/proc", b"proc", 0, None)
            libc_call("mount", b"tmpfs", b"/run", b"tmpfs", 0, None)
            report(body, writer)
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(first, 0)
    os._exit(0)


def report(body: Callable[[], object], writer: int) -> None:
    """Run `body`, and write what came of it."""
    try:
        body()
        verdict = ("passed", "")
    except pytest.skip.Exception as skipped:
        verdict = ("skipped", str(skipped))
    except BaseException:
        verdict = ("failed", traceback.format_exc())
    os.write(writer, pickle.dumps(verdict)[:60000])
