"""A few network namespaces for one test, in a capsule of their own: nothing of it stays behind.

A test that takes `netns` runs there, as root or as an ordinary user. When it ends, so does everything it started.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from vethlab.capsule import Send, start
from vethlab.namespace import enter, libc_call
from vethlab.probe import settle
from vethlab.row import Row
from vethlab.workload.echo import serve

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
ROOT = Path(__file__).parents[1]
_numbers = itertools.count(1)


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


def run_in_namespaces(body: Callable[[], object]) -> None:
    """Run `body` in a capsule of its own; its failure or skip is ours."""
    made = start(f"test-{os.getpid()}-{next(_numbers)}", lambda send: _report(body, send), assets=[ROOT], owned=True)
    try:
        verdict = made.message()
    finally:
        made.end()
    if verdict["kind"] == "skipped":
        pytest.skip(verdict["text"])
    if verdict["kind"] == "failed":
        pytest.fail(verdict["text"], pytrace=False)


def _report(body: Callable[[], object], send: Send) -> int:
    try:
        body()
        send({"kind": "passed"})
    except pytest.skip.Exception as skipped:
        send({"kind": "skipped", "text": str(skipped)})
    except BaseException:
        send({"kind": "failed", "text": traceback.format_exc()[-30000:]})
    return 0
