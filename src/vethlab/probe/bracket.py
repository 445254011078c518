"""A denial is bracketed: silence proves nothing unless the same source was answered before and after.

    1. every row that expects an answer, and for a source without one the ICMP echo of its default gateway
    2. the denials (timeout, refused, unreachable)
    3. for each source and realm with a denial that came out as expected: one of the answered rows again

A denial of a source that was not answered, in 1 or in 3, is not measured. A realm is an address family, or the
loopback, whose own echo stands in for the gateway's.

"No route" is the source's own word and not silence. So where it has nothing at all in that family, as a container of
an IPv4 bridge whose name server has an IPv6 address, an answer in the other family shows that it is alive.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from ..outcome import NotMeasured, Outcome, Reached, Unreachable
from ..row import Probe, Row

__all__ = ["Key", "control_for", "cut_off", "default_gateway", "key", "other_family"]

Realm = Literal["IPv4", "IPv6", "127.0.0.1", "::1"]
#: What holds for one realm says nothing about another.
Key = tuple[str, Realm]
_VERSION: dict[Realm, int] = {"IPv4": 4, "IPv6": 6}
_OTHER: dict[Realm, Realm] = {"IPv4": "IPv6", "IPv6": "IPv4"}


def key(row: Row) -> Key:
    """Its source, and the realm of the address it asks."""
    address = row.probe.address or ""
    if address == "::1" or address.startswith("127."):
        return row.source, "::1" if ":" in address else "127.0.0.1"
    return row.source, "IPv6" if ":" in address else "IPv4"


def other_family(denial: Row, outcome: Outcome | None) -> Key | None:
    """The other family of a source that says it has no route; None where a denial must be held against its own."""
    source, realm = key(denial)
    return (source, _OTHER[realm]) if outcome == Unreachable("no-route") and realm in _OTHER else None


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
    source, realm = which
    if realm not in _VERSION:
        return Row(source, source, Probe("icmp", realm), Reached())
    gateway = default_gateway(pid, _VERSION[realm]) if pid is not None else None
    return Row(source, "its gateway", Probe("icmp", gateway), Reached()) if gateway else None


def cut_off(when: str, control: Row | None, observed: Outcome | None) -> NotMeasured:
    """`control` None: there was nothing that should have been answered."""
    if control is None:
        return NotMeasured("a denial needs an answer to the same source beside it, and no row expects one")
    return NotMeasured(f"the source itself was cut off {when}: {control.probe} {observed}")
