"""What a pod network costs: TCP throughput and latency between pods of two hosts, and what a joining node costs.

Beside each: the same two programs between two namespaces with a cable, and with a VXLAN tunnel made by hand over it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from vethlab.addressing import lay_out
from vethlab.model import Topology
from vethlab.world import Sandbox

from .inside import in_capsule

__all__ = ["by_hand", "join", "network"]

#: Takes a connection and what comes by it, for throughput; then another, and sends back byte for byte, for latency.
_SERVER = """
import socket
listening = socket.create_server(("", 9009), reuse_port=True)
taken, _ = listening.accept()
while taken.recv(1 << 20): pass
taken, _ = listening.accept()
taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while data := taken.recv(64): taken.send(data)
"""
_CLIENT = """
import json, socket, sys, time
def connect():
    for _ in range(200):
        try: return socket.create_connection((sys.argv[1], 9009), timeout=5)
        except OSError: time.sleep(0.05)
    raise SystemExit("nobody answers")
out, sent, block = connect(), 0, bytes(1 << 16)
began = time.perf_counter()
while (took := time.perf_counter() - began) < 2: sent += out.send(block)
out.close()
turn, times = connect(), []
turn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for _ in range(500):
    began = time.perf_counter()
    turn.send(b"x"); turn.recv(1)
    times.append(time.perf_counter() - began)
print(json.dumps({"mbit": sent * 8 / took / 1e6, "us": sorted(times)[250] * 1e6}))
"""
_NODES = """
name: bench-pods
switches: {{lan: {{subnets: [192.168.1.0/24]}}}}
nodes:
  node: {{count: {count}, links: [lan]}}
  router: {{role: router, links: [lan]}}  # without a default route no host answers for the gateway of Calico's pods
pod_network: {network}
pods: {{pod: {{per_node: 1}}}}
"""


def network(name: str) -> dict[str, float]:
    """Mbit/s of one TCP connection and the median round trip in µs, between the pods of two hosts."""
    with _lab(2, name) as lab:
        address = next(iter(_far_pod(name).addresses)).ip
        return _between(
            lambda *argv: ["vethlab", "exec", lab, "pod2", "--", *argv],
            lambda *argv: ["vethlab", "exec", lab, "pod1", "--", *argv],
            str(address),
        )


def _far_pod(network: str) -> Sandbox:
    document = yaml.safe_load(_NODES.format(count=2, network=network))
    return lay_out(Topology.model_validate(document)).sandboxes["pod2"]


def join(count: int) -> dict[str, float]:
    """Seconds of a converge that changes nothing, and of one by which the last of `count` nodes joins the others."""
    with _lab(count, "flannel-vxlan") as lab:
        _vethlab("converge", lab, "--without", f"node{count}", "--json")
        joined = json.loads(_vethlab("converge", lab, "--json"))
        unchanged = json.loads(_vethlab("converge", lab, "--json"))
    return {"a node joins": joined["seconds"], "nothing changes": unchanged["seconds"]}


def by_hand(tunnel: bool) -> dict[str, float]:
    """The same between two namespaces: over a cable, or through VXLAN over it."""
    return in_capsule(lambda: _hand_made(tunnel))


def _hand_made(tunnel: bool) -> dict[str, Any]:
    commands = ["ip netns add one", "ip netns add two", "ip link add one type veth peer name two"]
    for name, number in (("one", 1), ("two", 2)):
        commands += [f"ip link set {name} netns {name}", f"ip -n {name} addr add 10.0.0.{number}/24 dev {name}"]
        commands += [f"ip -n {name} link set {name} up", f"ip -n {name} link set lo up"]
        vxlan = f"id 1 local 10.0.0.{number} remote 10.0.0.{3 - number} dstport 8472"
        commands += [f"ip -n {name} link add vx type vxlan {vxlan}"] if tunnel else []
        commands += [f"ip -n {name} addr add 10.1.0.{number}/24 dev vx"] if tunnel else []
        commands += [f"ip -n {name} link set vx up"] if tunnel else []
    for command in commands:
        subprocess.run(command.split(), check=True)
    address = "10.1.0.2" if tunnel else "10.0.0.2"
    return _between(
        lambda *argv: ["ip", "netns", "exec", "two", *argv],
        lambda *argv: ["ip", "netns", "exec", "one", *argv],
        address,
    )


Prefix = Callable[..., list[str]]


def _between(server: Prefix, client: Prefix, address: str) -> dict[str, float]:
    def argv(prefix: Prefix, program: str, *arguments: str) -> list[str]:
        found = prefix("/usr/bin/python3", "-c", program, *arguments)
        return [sys.executable, "-m", *found] if found[0] == "vethlab" else found

    serving = subprocess.Popen(argv(server, _SERVER))
    try:
        done = subprocess.run(argv(client, _CLIENT, address), capture_output=True, text=True, check=True)
        found: dict[str, float] = json.loads(done.stdout)
        return found
    finally:
        serving.kill()
        serving.wait()


@contextmanager
def _lab(count: int, network: str) -> Iterator[str]:
    name = f"bench-{os.getpid()}"
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "bench.yml")
        file.write_text(_NODES.format(count=count, network=network))
        _vethlab("up", str(file), "--name", name)
    try:
        yield name
    finally:
        _vethlab("down", name)


def _vethlab(*arguments: str) -> str:
    argv = [sys.executable, "-m", "vethlab", *arguments]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
