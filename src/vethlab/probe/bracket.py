"""A denial is bracketed: silence proves nothing unless the same source was answered before and after.

    1. every row that expects an answer, and for a source without one the ICMP echo of its default gateway
    2. the denials (timeout, refused, unreachable)
    3. for each source and address family with a denial that came out as expected: one of the answered rows again

A denial of a source that was not answered, in 1 or in 3, is not measured.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..outcome import NotMeasured, Outcome, Reached
from ..row import Probe, Row

__all__ = ["Key", "control_for", "cut_off", "default_gateway", "key"]

#: (source, IP version): what holds for one family says nothing about the other.
Key = tuple[str, int]


def key(row: Row) -> Key:
    return row.source, 6 if ":" in (row.probe.address or "") else 4


def default_gateway(pid: int, version: int) -> str | None:
    """The default gateway in the network namespace of `pid` (proc(5), net/route and net/ipv6_route)."""
    name = "route" if version == 4 else "ipv6_route"
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()
        return next(_gateways(lines, version), None)
    return None


def _gateways(lines: Iterable[str], version: int) -> Iterator[str]:
    for words in map(str.split, lines):
        if version == 4 and words[1:2] == ["00000000"] and words[7] == "00000000" and words[2] != "00000000":
            yield socket.inet_ntoa(struct.pack("=I", int(words[2], 16)))
        if version == 6 and words[0] == "0" * 32 and words[1] == "00" and words[4] != "0" * 32:
            address = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(words[4]))
            yield f"{address}%{words[9]}" if address.startswith("fe80:") else address


def control_for(which: Key, pid: int | None) -> Row | None:
    """A row that should be answered if the source is not cut off, for want of a better one."""
    gateway = default_gateway(pid, which[1]) if pid is not None else None
    return Row(which[0], "its gateway", Probe("icmp", gateway), Reached()) if gateway else None


def cut_off(when: str, control: Row | None, observed: Outcome | None) -> NotMeasured:
    """`control` None: there was nothing that should have been answered."""
    if control is None:
        return NotMeasured("a denial needs an answer to the same source beside it, and no row expects one")
    return NotMeasured(f"the source itself was cut off {when}: {control.probe} {observed}")
