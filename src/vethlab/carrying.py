"""Waiting until cables carry: both ends are up, and the kernel has taken note of it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from .errors import LabError
from .netlink import Netlink

__all__ = ["wait_carrying"]

_SECONDS = 30.0


def wait_carrying(places: Mapping[str, int | None]) -> None:
    """Until every veth end that is up in these network namespaces carries; a place's process None is our own.

    Raises LabError after 30 s, naming what does not.
    """
    deadline = time.monotonic() + _SECONDS
    for name, pid in places.items():
        link = Netlink(pid)
        try:
            while dormant := link.dormant():
                if time.monotonic() > deadline:
                    raise LabError(f"{name}: no carrier on {', '.join(dormant)} after {_SECONDS:.0f} s")
                time.sleep(0.002)
        finally:
            link.close()
