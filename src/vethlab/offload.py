"""What a network interface leaves to others to do (ethtool(8), -K).

A packet that never leaves a machine is handed over with its checksum still to be filled in. A switch in user space
passes on what it reads, so what it is given must be whole, as it is on a wire.
"""

from __future__ import annotations

import array
import fcntl
import socket
import struct

from .namespace import inside

__all__ = ["fill_in_checksums"]

# linux/sockios.h, linux/ethtool.h
_SIOCETHTOOL, _ETHTOOL_STXCSUM = 0x8946, 0x17


def fill_in_checksums(interface: str, pid: int | None = None) -> None:
    """What `interface` (of the namespace of `pid`, or of our own) sends has its checksums. Raises OSError."""
    if pid is not None:
        with inside(pid):
            return fill_in_checksums(interface)
    off = array.array("I", [_ETHTOOL_STXCSUM, 0])
    request = struct.pack("16sP8x", interface.encode(), off.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCETHTOOL, request)
