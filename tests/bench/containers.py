"""What a container costs on a network of a user's making, and what goes through it, by engine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from vethlab import capsule
from vethlab.load import load
from vethlab.running import RunningLab

__all__ = ["measure"]

_TOPOLOGY = Path(__file__).with_name("containers.yml")
_STREAM = Path(__file__).with_name("stream.py")
_HAND_MADE = """
for each in one two three four; do ip netns add $each; done
ip link add name end1 netns one type veth peer name end2 netns two
ip -n one addr add 10.9.0.1/24 dev end1; ip -n two addr add 10.9.0.2/24 dev end2
ip -n one link set dev end1 up; ip -n two link set dev end2 up
ip link add byhand type bridge; ip link set byhand up
ip link add port3 up master byhand type veth peer name end3 netns three
ip link add port4 up master byhand type veth peer name end4 netns four
ip -n three addr add 10.8.0.3/24 dev end3; ip -n four addr add 10.8.0.4/24 dev end4
ip -n three link set dev end3 up; ip -n four link set dev end4 up
iptables -I FORWARD -i byhand -o byhand -j ACCEPT
"""


def measure(engine: str, count: int) -> dict[str, float]:
    """Milliseconds for each of `count` containers; DNS answers, and bytes, a second."""
    name = f"bench-{engine}"
    argv = [sys.executable, "-m", "vethlab", "up", str(_TOPOLOGY), "--name", name, "--engine", engine]
    subprocess.run(argv, check=True, capture_output=True)
    lab = RunningLab(capsule.find(name), load(str(_TOPOLOGY)))
    try:
        return _containers(lab, count) | _names(lab) | _streams(lab)
    finally:
        lab.end()


def _containers(lab: RunningLab, count: int) -> dict[str, float]:
    names = [f"many-{i}" for i in range(count)]
    began = time.perf_counter()
    for each in names:
        done = lab.docker("node1", "run", "-d", "--network", "front", "--name", each, "busybox", "sleep", "1000")
        assert done.returncode == 0, done.stderr
    made = time.perf_counter()
    lab.docker("node1", "rm", "-f", *names)
    gone = time.perf_counter()
    return {"docker run": (made - began) * 1000 / count, "docker rm": (gone - made) * 1000 / count}


def _names(lab: RunningLab) -> dict[str, float]:
    return {"answers of 127.0.0.11": _stream(lab, "dns", _space(lab, "client"), "server")}


def _streams(lab: RunningLab) -> dict[str, float]:
    """The best of three, by turns: what else the machine does is not the network's."""
    server, client = _space(lab, "server"), _space(lab, "client")
    lab.run("node1", "sh", "-c", _HAND_MADE)
    ways = {
        "hand-made veth pair": ("/run/netns/two", "/run/netns/one", "10.9.0.2"),
        "hand-made, by a bridge": ("/run/netns/four", "/run/netns/three", "10.8.0.4"),
        "container to container": (server, client, "172.20.0.2"),
        "by the published port": (server, client, "192.168.1.101"),
    }
    turns = [{name: _stream(lab, "tcp", *way) for name, way in ways.items()} for _ in range(3)]
    return {name: max(turn[name] for turn in turns) for name in ways}


def _space(lab: RunningLab, container: str) -> str:
    return lab.docker("node1", "inspect", "-f", "{{.NetworkSettings.SandboxKey}}", container).stdout.strip()


def _stream(lab: RunningLab, verb: str, *words: str) -> float:
    done = lab.run("node1", "python3", "-", verb, "2", *words, stdin=_STREAM.read_text())
    return float(done.stdout)
