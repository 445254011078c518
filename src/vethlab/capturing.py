"""Looking at an interface inside a running lab, from outside: the packets, as they were there.

test ──nsenter──> python -m vethlab.probe INTERFACE, in the node ──records──> packets here
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from .capsule import Registered
from .errors import LabError
from .place import environment, find_place, nsenter
from .probe.__main__ import RECORD
from .probe.capture import save
from .probe.packet import Packet, decode

__all__ = ["RemoteCapture"]

_READY = b"looking\n"
_PATIENCE = 30.0


class RemoteCapture:
    """A context manager; it looks from its beginning to its end. Iterating gives the packets so far, oldest first.

    After the end all are there that the interface saw. Raises LabError where there is no such interface.
    """

    def __init__(self, lab: Registered, place: str, interface: str) -> None:
        self.place, self.interface = place, interface
        path = os.pathsep.join(p for p in sys.path if p)
        there = find_place(lab, place)
        # From its node, as a sandbox has a /tmp of its own and need not see our interpreter.
        node = find_place(lab, there.node)
        argv = [*nsenter(lab, node, there), sys.executable, "-m", "vethlab.probe", interface]
        seen = environment(there) | {"PYTHONPATH": path}
        self._process = subprocess.Popen(
            argv, env=seen, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        self._packets: list[Packet] = []
        self._bytes = b""
        self._over = False

    def __enter__(self) -> RemoteCapture:
        self._read(lambda: self._bytes.startswith(_READY), _PATIENCE)
        if not self._bytes.startswith(_READY):
            self._process.kill()
            assert self._process.stderr
            said = self._process.stderr.read().decode(errors="replace").strip()
            raise LabError(f"cannot look at {self.interface} of {self.place}: {said or 'nothing was said'}")
        self._bytes = self._bytes[len(_READY) :]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._read(lambda: False, _PATIENCE)
        self._process.kill()
        self._process.wait()
        self._take()

    def __iter__(self) -> Iterator[Packet]:
        return iter(self.packets)

    @property
    def packets(self) -> tuple[Packet, ...]:
        """The packets so far, oldest first. Waits for none."""
        if not self._over:
            self._read(lambda: False, 0.0)
            self._take()
        return tuple(self._packets)

    def wait(self, wanted: Callable[[Packet], object], timeout: float = 5.0) -> Packet | None:
        """The first packet for which `wanted` is true, waiting for it at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            found = next((p for p in self.packets if wanted(p)), None)
            left = deadline - time.monotonic()
            if found is not None or left <= 0 or self._over:
                return found
            self._read(lambda: bool(self._bytes), left)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write all packets so far as pcapng."""
        save(Path(file), self.packets)

    def _read(self, enough: Callable[[], bool], seconds: float) -> None:
        """What is there, and more until it is enough, the other side has ended, or the time is up."""
        assert self._process.stdout
        descriptor, deadline = self._process.stdout.fileno(), time.monotonic() + seconds
        while not self._over and not enough():
            if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return
            part = os.read(descriptor, 1 << 16)
            self._over = not part
            self._bytes += part

    def _take(self) -> None:
        """Whole records become packets."""
        at = 0
        while at + RECORD.size <= len(self._bytes):
            when, length, outgoing, stray = RECORD.unpack_from(self._bytes, at)
            end = at + RECORD.size + length
            if end > len(self._bytes):
                break
            frame = self._bytes[at + RECORD.size : end]
            self._packets.append(decode(frame, when, outgoing, stray, self.interface))
            at = end
        self._bytes = self._bytes[at:]
