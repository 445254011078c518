"""TCP probes a second: every namespace to every other one, one prober, one echo server in each."""

from __future__ import annotations

import os
import statistics
import subprocess
import time

from vethlab import syscalls
from vethlab.outcome import Reached
from vethlab.probe import observe
from vethlab.row import Probe, Row
from vethlab.workload.echo import serve

from .inside import in_capsule

__all__ = ["measure"]


def address(number: int) -> str:
    return f"10.9.{number // 250}.{number % 250 + 1}"


def mac(number: int) -> str:
    return f"02:00:00:00:{number // 256:02x}:{number % 256:02x}"


def start_echo(number: int) -> int:
    """An echo server in a network namespace of its own, forked from here; returns once the namespace is there."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        syscalls.unshare(syscalls.CLONE_NEWNET)
        os.close(reader)
        serve(f"ns{number}", udp=(), http=(), ready=lambda: os.close(writer))
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    return pid


def wire(pids: dict[str, int]) -> None:
    """One bridge, and permanent neighbours: all namespaces of the machine share one table of 1,024 learnt ones
    (arp(7), gc_thresh3), which a full mesh of 33 fills."""
    lines = ["link add br0 type bridge", "link set br0 up"]
    for number, pid in enumerate(pids.values()):
        lines += [f"link add v{number} type veth peer name eth0 address {mac(number)} netns {pid}"]
        lines += [f"link set v{number} master br0 up"]
    batch(["ip"], lines)
    for number, pid in enumerate(pids.values()):
        lines = ["link set lo up", f"addr add {address(number)}/16 dev eth0", "link set eth0 up"]
        others = (n for n in range(len(pids)) if n != number)
        lines += [f"neigh add {address(n)} lladdr {mac(n)} dev eth0 nud permanent" for n in others]
        batch(["nsenter", f"--net=/proc/{pid}/ns/net", "ip"], lines)


def batch(ip: list[str], lines: list[str]) -> None:
    subprocess.run([*ip, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def measure(count: int, rounds: int = 5) -> float:
    """Probes a second, the median of `rounds` after a warm-up, every row met. Raises RuntimeError if one is not."""
    return float(in_capsule(lambda: {"rate": statistics.median(_rounds(count, rounds)[1:])})["rate"])


def _rounds(count: int, rounds: int) -> list[float]:
    pids = {f"ns{i}": start_echo(i) for i in range(count)}
    wire(pids)
    rows = [
        Row(f"ns{i}", f"ns{j}", Probe("tcp", address(j), 7), Reached(address(i), f"ns{j}"))
        for i in range(count)
        for j in range(count)
        if i != j
    ]
    rates = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        observations = observe(rows, pids)
        rates.append(len(rows) / (time.perf_counter() - began))
        if unmet := sum(not o.met for o in observations):
            raise RuntimeError(f"{unmet} of {len(rows)} probes were not met")
    return rates
