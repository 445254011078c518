"""Making the running lab of a prepared one, as every verb here does it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from ...capsule import Registered
from ...exercise import Prepared
from ..progress import Progress
from ..start import start_lab

__all__ = ["SIZE", "make"]

#: How much a lab may write, in memory: little, for it is handed to somebody.
SIZE = "64m"


@contextmanager
def make(prepared: Prepared) -> Iterator[Registered]:
    """A lab of a name nobody else has, which ends with the context or with this process."""
    name = f"verify-{os.getpid()}-{prepared.id}"[:60]
    started = start_lab(prepared.topology, name, Progress(quiet=True), owned=True, size=SIZE, key=secrets.token_hex(16))
    try:
        yield started.registered
    finally:
        started.capsule.end()
