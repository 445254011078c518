"""TCP probes a second: every namespace to every other one, one prober, one echo server in each.

    PYTHONPATH=src unshare --user --map-root-user --mount --net --pid --fork --mount-proc python tests/bench/probes.py

Needs root, or the namespaces of the line above. Says what was measured; judges nothing.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import time
from collections import Counter

from vethlab.outcome import Reached
from vethlab.probe import observe
from vethlab.row import Probe, Row
from vethlab.workload.echo import serve

CLONE_NEWNET = 0x40000000


def address(number: int) -> str:
    return f"10.9.{number // 250}.{number % 250 + 1}"


def mac(number: int) -> str:
    return f"02:00:00:00:{number // 256:02x}:{number % 256:02x}"


def start_echo(number: int) -> int:
    """An echo server in a network namespace of its own, forked from here; returns once the namespace is there."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).unshare(CLONE_NEWNET)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--namespaces", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    pids = {f"ns{i}": start_echo(i) for i in range(args.namespaces)}
    try:
        wire(pids)
        rows = [
            Row(f"ns{i}", f"ns{j}", Probe("tcp", address(j), 7), Reached(address(i), f"ns{j}"))
            for i in range(args.namespaces)
            for j in range(args.namespaces)
            if i != j
        ]
        for turn in range(args.rounds + 1):
            began = time.perf_counter()
            observations = observe(rows, pids)
            seconds = time.perf_counter() - began
            words = Counter(o.observed.word if not o.met else "met" for o in observations)
            name = f"round {turn}" if turn else "warm-up"
            print(f"{name}: {len(rows)} probes in {seconds:.3f} s, {len(rows) / seconds:,.0f}/s  {dict(words)}")
    finally:
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
