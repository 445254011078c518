"""Looking at an interface (packet(7)): everything it sends and receives, as packets, and as a file for Wireshark.

with capture(pid, "eth0", file="eth0.pcapng") as seen:
    ...
    assert any(p.vxlan and p.vxlan.vni == 1 for p in seen)
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import dpkt

from ..errors import LabError
from ..namespace import inside
from .packet import Packet, decode

__all__ = ["Capture", "capture", "save", "stamp", "stamped"]

_ETH_P_ALL = 3
#: Frames of these have an Ethernet header (linux/if_arp.h: ARPHRD_ETHER, ARPHRD_LOOPBACK).
_WITH_HEADER = {1, 772}
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_BUFFER = 8 << 20
_SNAPLEN = 65535


class Capture:
    """Collects from the moment it exists; iterating gives all packets so far, the oldest first.

    `interface` None looks at all interfaces of the place. The kernel holds what has not been read yet, up to some
    megabytes; `dropped` counts what it had no room for.
    """

    def __init__(self, pid: int | None, interface: str | None) -> None:
        self._packets: list[Packet] = []
        self._dropped = 0
        self._socket = _open(pid, interface)

    def __enter__(self) -> Capture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Packet]:
        return iter(self.packets)

    @property
    def packets(self) -> tuple[Packet, ...]:
        """What was seen so far, oldest first; after the end all that there was. Waits for nothing."""
        if self._socket.fileno() >= 0:
            self._drain()
        return tuple(self._packets)

    def fresh(self) -> Sequence[Packet]:
        """What has come since it was last read, oldest first. Waits for nothing."""
        known = len(self._packets)
        return self.packets[known:]

    @property
    def dropped(self) -> int:
        """How many packets were lost for want of room (packet(7), PACKET_STATISTICS)."""
        if self._socket.fileno() >= 0:
            # Reading the counter sets it back (packet(7), PACKET_STATISTICS).
            self._dropped += struct.unpack("=II", self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]
        return self._dropped

    def wait(self, wanted: Callable[[Packet], object], timeout: float = 1.0) -> Packet | None:
        """The first packet for which `wanted` is true, waiting for it at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            found = next((p for p in self.packets if wanted(p)), None)
            left = deadline - time.monotonic()
            if found is not None or left <= 0:
                return found
            select.select([self._socket], [], [], left)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write all packets so far as pcapng."""
        save(Path(file), self.packets)

    def fileno(self) -> int:
        """For select(2): readable when there is a packet that has not been read."""
        return self._socket.fileno()

    def close(self) -> None:
        """Read what is left and stop looking; the packets stay."""
        if self._socket.fileno() >= 0:
            self._drain()
            _ = self.dropped
            self._socket.close()

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while True:
                try:
                    frame, control, _flags, address = self._socket.recvmsg(_SNAPLEN, 64)
                except OSError as error:
                    # Said once when the interface goes down or away; what it showed before is still there to read.
                    if error.errno in (errno.ENETDOWN, errno.ENODEV, errno.ENXIO):
                        continue
                    raise
                self._packets.append(_packet(frame, stamped(control), address))


def _packet(frame: bytes, when: int, address: Any) -> Packet:
    """`address` is as recvmsg(2) gives it: interface, protocol, kind of packet, kind of hardware, MAC."""
    interface, protocol, kind, hardware, _mac = address
    if hardware not in _WITH_HEADER:  # a tunnel's frame begins with the IP header: it gets an Ethernet header of zeros
        frame = bytes(12) + protocol.to_bytes(2, "big") + frame
    outgoing, stray = kind == socket.PACKET_OUTGOING, kind == socket.PACKET_OTHERHOST
    return decode(frame, when / 1e9, outgoing, stray, interface, when)


def save(file: Path, packets: Iterable[Packet]) -> None:
    """Write packets as pcapng."""
    with file.open("wb") as stream:
        writer = dpkt.pcapng.Writer(stream, snaplen=_SNAPLEN)
        for packet in packets:
            writer.writepkt(packet.frame, packet.time)


def _open(pid: int | None, interface: str | None) -> socket.socket:
    """`pid` None: in this process's own namespace. `interface` None: all of them."""
    try:
        if pid is None:
            return _open_here(interface)
        with inside(pid):
            return _open_here(interface)
    except (FileNotFoundError, ProcessLookupError):
        raise LabError(f"cannot look at {interface or 'a place'}: process {pid} is gone") from None
    except OSError as error:
        if error.errno not in (errno.ENODEV, errno.ENXIO):
            raise
        raise LabError(
            f"cannot look at {interface}: there is no such interface in the place of process {pid}"
        ) from None


def _open_here(interface: str | None) -> socket.socket:
    # Protocol 0 receives nothing until bind(2) says which interface: not a frame of another one slips in. Without
    # bind(2) it is all interfaces, those that come later too.
    protocol = 0 if interface else socket.htons(_ETH_P_ALL)
    found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
    try:
        with suppress(PermissionError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            found.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        stamp(found)
        if interface:
            found.bind((interface, _ETH_P_ALL))
    except OSError:
        found.close()
        raise
    return found


def stamp(sock: socket.socket) -> None:
    """From now on it tells with each packet when the kernel saw it."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def stamped(control: list[tuple[int, int, bytes]]) -> int:
    """When the kernel saw a packet, by the control messages that came with it: nanoseconds since the epoch."""
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("=qq", data[:16])
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return time.time_ns()


@contextmanager
def capture(pid: int | None, interface: str, file: str | os.PathLike[str] | None = None) -> Iterator[Capture]:
    """Look at `interface` in the network namespace of `pid` (None: our own). Saves to `file` at the end, if given.

    Raises LabError where there is no such process or interface.
    """
    with Capture(pid, interface) as seen:
        try:
            yield seen
        finally:
            seen.close()
            if file is not None:
                seen.save(file)
