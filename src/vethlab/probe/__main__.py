"""Look at an interface of the namespace we are in, until standard input ends, and pass on every packet as it comes.

python -m vethlab.probe INTERFACE

Standard output is a line `looking`, and then for each packet a `RECORD` and the frame.
"""

from __future__ import annotations

import os
import select
import struct
import sys

from ..errors import LabError
from .capture import Capture
from .packet import Packet

__all__ = ["RECORD", "main"]

#: When (seconds since the epoch), bytes of the frame, whether it was leaving, whether it was for another MAC address.
RECORD = struct.Struct("=dI??")


def main(interface: str) -> int:
    """Returns when standard input ends; an exit status, 1 where there is no such interface."""
    try:
        seen = Capture(None, interface)
    except LabError as error:
        print(f"cannot look at {interface}: there is no such interface here", error, file=sys.stderr)
        return 1
    with seen:
        _write(b"looking\n")
        _watch(seen)
    return 0


def _watch(seen: Capture) -> None:
    told = 0
    while True:
        ready, _, _ = select.select([0, seen.fileno()], [], [])
        over = 0 in ready and not os.read(0, 4096)
        packets = seen.packets
        _write(b"".join(_record(p) for p in packets[told:]))
        told = len(packets)
        if over:
            return


def _record(packet: Packet) -> bytes:
    return RECORD.pack(packet.time, len(packet.frame), packet.outgoing, packet.stray) + packet.frame


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
