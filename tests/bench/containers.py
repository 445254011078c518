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
_HAND_MADE = (
    "ip netns add one; ip netns add two; ip link add name end1 netns one type veth peer name end2 netns two; "
    "ip -n one addr add 10.9.0.1/24 dev end1; ip -n two addr add 10.9.0.2/24 dev end2; "
    "ip -n one link set dev end1 up; ip -n two link set dev end2 up"
)


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
    server, client = _space(lab, "server"), _space(lab, "client")
    lab.run("node1", "sh", "-c", _HAND_MADE)
    by_hand = _stream(lab, "tcp", "/run/netns/two", "/run/netns/one", "10.9.0.2")
    return {
        "hand-made veth pair": by_hand,
        "container to container": _stream(lab, "tcp", server, client, "172.20.0.2"),
        "by the published port": _stream(lab, "tcp", server, client, "192.168.1.101"),
    }


def _space(lab: RunningLab, container: str) -> str:
    return lab.docker("node1", "inspect", "-f", "{{.NetworkSettings.SandboxKey}}", container).stdout.strip()


def _stream(lab: RunningLab, verb: str, *words: str) -> float:
    done = lab.run("node1", "python3", "-", verb, "2", *words, stdin=_STREAM.read_text())
    return float(done.stdout)
