"""What a pod costs: the kernel's floor in C, our wiring, a whole sandbox, and `ip -batch`, in one run."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from ipaddress import ip_interface
from pathlib import Path
from typing import Any

from vethlab import netlink, syscalls
from vethlab.namespace import libc_call
from vethlab.netlink import Netlink

from .inside import in_capsule
from .worlds import one_node

__all__ = ["measure", "sandboxes"]

_SOURCE = Path(__file__).with_name("floor.c")


def measure(count: int) -> dict[str, float]:
    """Milliseconds for each of `count` pods, by way of making it."""
    found = {"floor in C": _floor(count), "vethlab wiring": in_capsule(lambda: _wiring(count))["ms"]}
    found["vethlab sandbox, processes and all"] = in_capsule(lambda: sandboxes(count))["ms"]
    if count <= 100:
        found["ip -batch"] = in_capsule(lambda: _ip_batch(count))["ms"]
    return found


def _floor(count: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        program = f"{directory}/floor"
        subprocess.run(["cc", "-O2", "-o", program, str(_SOURCE)], check=True)
        code = Path(program).read_bytes()

    def run() -> dict[str, Any]:
        inside = Path("/run/floor")
        inside.write_bytes(code)
        inside.chmod(0o755)
        done = subprocess.run([str(inside), str(count)], capture_output=True, text=True, check=True)
        return {"ms": int(done.stdout) / 1e6 / count}

    return float(in_capsule(run)["ms"])


def _wiring(count: int) -> dict[str, float]:
    """As the floor does it, step for step, by vethlab's own messages."""
    _raise_limit()
    home, here = os.open("/proc/self/ns/net", os.O_RDONLY), Netlink()
    here.do(netlink.bridge("wire0"))
    master = here.index("wire0")
    sockets = []
    began = time.perf_counter()
    for number in range(count):
        syscalls.unshare(syscalls.CLONE_NEWNET)
        there = os.open("/proc/self/ns/net", os.O_RDONLY)
        inside = Netlink()
        libc_call("setns", home, 0)
        here.do(netlink.veth(f"w{number}", "eth0", mtu=1500, peer_fd=there, master=master))
        address = ip_interface(f"10.{number // 250 + 1}.0.{number % 250 + 1}/8")
        eth0 = inside.index("eth0")
        inside.do(netlink.address(eth0, address), netlink.link(netlink.LO), netlink.link(eth0))
        sockets.append((inside, there))
    return {"ms": (time.perf_counter() - began) * 1000 / count}


def sandboxes(count: int) -> dict[str, float]:
    """Namespaces, mounts, /etc files and a first process, made by the spawner inside one node."""
    from vethlab.sandbox import request
    from vethlab.spawner import Spawner
    from vethlab.underlay import Underlay
    from vethlab.world import Sandbox

    _raise_limit()
    spawner = Spawner()
    node = Underlay(one_node(), spawner).pids["node1"]
    pods = [Sandbox(name=f"pod{i}", kind="pod", node="node1", index=i + 1, image="echo", nics=()) for i in range(count)]
    requests = [request(each, node) for each in pods]
    began = time.perf_counter()
    spawner.ask(requests)
    return {"ms": (time.perf_counter() - began) * 1000 / count}


def _ip_batch(count: int) -> dict[str, float]:
    """What a script would do: `ip netns add`, then one batch for each namespace."""
    subprocess.run(["ip", "link", "add", "ip0", "type", "bridge"], check=True)
    began = time.perf_counter()
    for number in range(count):
        subprocess.run(["ip", "netns", "add", f"p{number}"], check=True)
        _batch([f"link add i{number} master ip0 up type veth peer name eth0 netns p{number}"])
        _batch([f"addr add 10.9.{number // 250}.{number % 250}/8 dev eth0", "link set eth0 up"], f"p{number}")
    return {"ms": (time.perf_counter() - began) * 1000 / count}


def _batch(lines: list[str], namespace: str | None = None) -> None:
    argv = ["ip", *(["-n", namespace] if namespace else []), "-batch", "-"]
    subprocess.run(argv, input="\n".join(lines), text=True, check=True)


def _raise_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
