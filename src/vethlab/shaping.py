"""Rate, delay and loss of a link, by whatever this kernel has.

    rate     tc tbf (tc-tbf(8))
    delay    tc netem (tc-netem(8)); a kernel without it is refused, in words
    loss     tc netem, or else nftables: `numgen random mod 10000 < N drop` where a packet arrives (nft(8))

Every link is shaped at both of its ends, each for what it sends; loss by nftables for what it receives.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

from .errors import LabError, MachineError
from .world import Port

__all__ = ["has_netem", "refuse_missing", "shape"]

#: How long a packet may wait for its turn in tbf's queue before it is dropped.
_LATENCY = "50ms"


def has_netem() -> bool:
    """Whether this kernel has netem, by trying on the loopback interface of the namespace we are in."""
    tried = _run("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
    if tried.returncode == 0:
        _run("tc", "qdisc", "del", "dev", "lo", "root")
    return tried.returncode == 0


def refuse_missing(ports: Iterable[Port]) -> None:
    """Raises MachineError when a port asks for a delay and there is no netem; nothing has been made yet."""
    slow = [p for p in ports if p.delay]
    if slow and not has_netem():
        raise MachineError(
            "this kernel has no netem, so a link cannot have a delay",
            "take `delay` out of the topology, or load the module: sudo modprobe sch_netem",
        )


def shape(port: Port, pid: int | None, interface: str) -> None:
    """Shape one end: `interface` in the namespace of `pid`, or in our own. Raises LabError with tc's own words."""
    if not (port.rate or port.delay or port.loss):
        return
    enter = ("nsenter", "-t", str(pid), "-n", "--") if pid else ()
    for command in _tc(port, interface):
        _must(*enter, *command)
    if port.loss and not has_netem():
        _must(*enter, "nft", _loss_ruleset(port.loss, interface))


def _tc(port: Port, interface: str) -> Iterable[tuple[str, ...]]:
    netem = [*(["delay", f"{port.delay * 1000:g}ms"] if port.delay else [])]
    if port.loss and has_netem():
        netem += ["loss", f"{port.loss * 100:g}%"]
    add = ("tc", "qdisc", "add", "dev", interface)
    if netem:
        yield (*add, "root", "handle", "1:", "netem", *netem)
    if port.rate:
        burst = max(port.rate // 8 // 250, 2 * port.mtu)  # what passes in 4 ms, and never less than two packets
        place = ("parent", "1:") if netem else ("root",)
        yield (*add, *place, "tbf", "rate", f"{port.rate}bit", "burst", f"{burst}", "latency", _LATENCY)


def _loss_ruleset(loss: float, interface: str) -> str:
    return (
        f"table netdev vethlab-{interface} {{ chain loss {{ type filter hook ingress device {interface} priority 0; "
        f"numgen random mod 10000 < {round(loss * 10000)} drop; }}; }}"
    )


def _must(*argv: str) -> None:
    done = _run(*argv)
    if done.returncode:
        raise LabError(f"{' '.join(argv)}\n  {done.stderr.strip() or f'exit status {done.returncode}'}")


def _run(*argv: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(argv, capture_output=True, text=True)
    except FileNotFoundError:
        raise MachineError(f"{argv[0]} is missing", f"install the Debian package that has {argv[0]}") from None
