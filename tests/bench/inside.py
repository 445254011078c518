"""Running a measurement in a capsule of its own, and getting its numbers back."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from vethlab.capsule import Send, start

__all__ = ["in_capsule"]


def in_capsule(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `measure` returns when it runs as root of a fresh capsule. Its errors are raised here."""

    def daemon(send: Send) -> int:
        send({"found": measure()})
        return 0

    capsule = start(f"bench-{os.getpid()}", daemon, owned=True)
    try:
        found: dict[str, Any] = capsule.message()["found"]
        return found
    finally:
        capsule.end()
