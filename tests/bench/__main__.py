"""What things cost, beside what a user would pick instead, measured in one run: `vethlab test -e bench`.

    python -m tests.bench [--quick] [--only SECTION …] [--record]

Judges nothing: ratios carry from machine to machine, absolutes do not. The aims are printed beside what was measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from vethlab import dockerd
from vethlab.model import POD_NETWORK_TYPES

from . import containers, converging, exercises, mininet_alone, page, plugging, podnets, probes, wiring

#: What was printed since the last section began.
_PRINTED: list[str] = []


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    arguments.add_argument("--quick", action="store_true", help="fewer repetitions, smaller sizes")
    arguments.add_argument("--only", nargs="+", choices=_sections(quick=True), metavar="SECTION", help="%(choices)s")
    arguments.add_argument("--record", action="store_true", help="write docs/measurements.md anew, what was measured")
    asked = arguments.parse_args()
    for name, measure in _sections(quick=asked.quick).items():
        if asked.only and name not in asked.only:
            continue
        _PRINTED.clear()
        conditions = (
            f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"load {os.getloadavg()[0]:.1f} before it"
        )
        print(f"\n{name}: {conditions}")
        measure()
        if asked.record:
            page.record(name, conditions, _PRINTED)


def _sections(*, quick: bool) -> dict[str, Callable[[], None]]:
    return {
        "run": lambda: _phases(1 if quick else 5),
        "pods": lambda: _pods((10, 100) if quick else (10, 100, 1000)),
        "plugging": lambda: _plugging(20 if quick else 100),
        "hosts": lambda: _hosts(8 if quick else 30),
        "probes": lambda: _probes(20 if quick else 50),
        "converge": _converge,
        "networks": lambda: _pod_networks(("plain", "flannel-vxlan", "geneve") if quick else POD_NETWORK_TYPES),
        "joins": lambda: _joins((3,) if quick else (3, 10, 30)),
        "labs": lambda: _labs(("till-no-exit", "ledger-silent") if quick else ()),
        "docker": lambda: _docker(10 if quick else 50),
    }


def _phases(times: int) -> None:
    runs = []
    for _ in range(times):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "vethlab", "run", "three-node", "--json"], capture_output=True, text=True, check=True
        )
        document = json.loads(done.stdout)
        runs.append(document["phases"] | {"whole command": time.perf_counter() - began})
    _title(f"vethlab run three-node, {document['summary']['total']} rows, median of {times} (aim: 3 s in all)")
    for phase in runs[0]:
        _line(phase, statistics.median(r[phase] for r in runs), "s")


def _pods(sizes: tuple[int, ...]) -> None:
    for count in sizes:
        found = wiring.measure(count)
        _title(f"one pod, of {count} (aims: wiring 1.3 times the floor, a sandbox 5 ms)")
        floor = found["floor in C"]
        for name, ms in found.items():
            _line(name, ms, "ms", f"{ms / floor:5.2f} x the floor")


def _plugging(count: int) -> None:
    _title(f"putting pods on their network, {count} on one node (one after the other, as CNI wants it)")
    for name, rate in plugging.measure(count).items():
        _line(name, rate, "pods/s")


def _hosts(count: int) -> None:
    _title(f"one host, of {count}")
    for name, ms in mininet_alone.hosts_ms(count).items():
        _line(name, ms, "ms")


def _probes(count: int) -> None:
    found = probes.measure(count)
    ping = mininet_alone.ping_all_ms(8)
    _title(f"TCP probes between {count} namespaces (aims: 10,000 a second, 25 times pingAll)")
    _line("vethlab", found, "probes/s")
    _line("Mininet's pingAll", 1000 / ping, "pairs/s", f"{found * ping / 1000:5.1f} times slower")


def _converge() -> None:
    found = converging.ours("three-node")
    tasks = max(1, round(found["tasks"] / 3))
    seconds = converging.stock(3, tasks)
    _title(f"converge, {found['tasks']:.0f} tasks over all machines (aim: unchanged in 2 s)")
    _line("vethlab, fresh", found["fresh"], "s", "beside the making of the machines")
    _line("vethlab, unchanged", found["unchanged"], "s")
    _line("stock Ansible modules", seconds, "s", f"{seconds / found['unchanged']:5.1f} times as long")


def _pod_networks(names: Sequence[str]) -> None:
    _title("one TCP connection between pods of two hosts, beside two namespaces joined by hand")
    rows: dict[str, Callable[[], dict[str, float]]] = {
        "by hand, a cable": lambda: podnets.by_hand(tunnel=False),
        "by hand, VXLAN over it": lambda: podnets.by_hand(tunnel=True),
    }
    for name in names:
        rows[name] = partial(podnets.network, name)
    bare = 0.0
    for name, measure in rows.items():
        try:
            found = measure()
        except subprocess.CalledProcessError as error:
            _print(f"  {name:<38}not measured: {(error.stderr or '').strip().splitlines()[0:1]}")
            continue
        bare = bare or found["mbit"]
        _line(
            name, found["mbit"], "Mbit/s", f"{found['mbit'] / bare:5.2f} x the cable, round trip {found['us']:.0f} µs"
        )


def _joins(sizes: tuple[int, ...]) -> None:
    for count in sizes:
        _title(f"converge of {count} nodes with flannel's VXLAN")
        for name, seconds in podnets.join(count).items():
            _line(name, seconds, "s")


def _labs(which: tuple[str, ...]) -> None:
    _title("a break/fix lab (aims: a reset in 2 s)")
    for name, seconds in exercises.attempt("ledger-silent").items():
        _line(name, seconds, "s")
    found = exercises.proof(which)
    _title(f"lab verify of {len(found['labs'])} labs, the slowest ten")
    for lab in sorted(found["labs"], key=lambda lab: -lab["seconds"])[:10]:
        _line(lab["lab"], lab["seconds"], "s", "" if lab["ok"] else "and it is not a good one")
    _line("all of them, side by side", found["seconds"], "s")


def _docker(count: int) -> None:
    floor = wiring.measure(count)["floor in C"]
    for engine in ("emulated", "dockerd"):
        reason = dockerd.why_not() if engine == "dockerd" else None
        if reason:
            _title(f"containers on the engine {engine}: not measured, {reason}")
            continue
        found = containers.measure(engine, count)
        _title(f"containers on the engine {engine}, {count} of them (aim: streams within 5 % of the hand-made pair)")
        _line("one wired by the kernel, floor in C", floor, "ms")
        for name in ("docker run", "docker rm"):
            _line(name, found[name], "ms", f"{found[name] / floor:5.0f} x the floor")
        _line("answers of 127.0.0.11", found["answers of 127.0.0.11"], "a second")
        by_hand = found["hand-made veth pair"]
        for name in (
            "hand-made veth pair",
            "hand-made, by a bridge",
            "container to container",
            "by the published port",
        ):
            _line(name, found[name] / 1e6, "MB/s", f"{found[name] / by_hand:5.0%} of the hand-made")


def _title(text: str) -> None:
    _print(f"\n{text}")


def _line(name: str, value: float, unit: str, more: str = "") -> None:
    shown = f"{value:10,.0f}" if value >= 1000 else f"{value:10.3f}" if unit == "s" else f"{value:10.2f}"
    _print(f"  {name:<38}{shown} {unit:<9} {more}".rstrip())


def _print(line: str) -> None:
    _PRINTED.append(line)
    print(line, flush=True)


main()
