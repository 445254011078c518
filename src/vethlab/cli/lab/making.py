"""Making the running lab of a prepared one, as every verb here does it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import MachineError
from ..progress import Progress

if TYPE_CHECKING:
    from ...capsule import Registered
    from ...exercise import Prepared

__all__ = ["SIZE", "make", "missing_features", "refuse_missing"]

#: How much a lab may write, in memory: little, for it is handed to somebody.
SIZE = "64m"


def missing_features(needs: Collection[str]) -> set[str]:
    """Those of the features (`vethlab doctor`) that this machine lacks, found out by trying in a capsule."""
    from ...capsule import Send, start
    from ...feature import lacking

    def daemon(send: Send) -> int:
        send({"lacking": lacking(needs)})
        return 0

    if not needs:
        return set()
    capsule = start(f"features-{os.getpid()}", daemon, owned=True)
    try:
        return set(capsule.message()["lacking"])
    finally:
        capsule.end()


def refuse_missing(prepared: Prepared) -> None:
    """Raises MachineError where the lab needs what this machine lacks."""
    if lacking := missing_features(prepared.needs):
        raise MachineError(
            f"{prepared.id} needs {', '.join(sorted(lacking))}", "vethlab doctor says what to do about it"
        )


@contextmanager
def make(prepared: Prepared) -> Iterator[Registered]:
    """A lab of a name nobody else has, which ends with the context or with this process."""
    from ..start import start_lab

    name = f"verify-{os.getpid()}-{prepared.id}"[:60]
    started = start_lab(
        prepared.topology,
        name,
        Progress(quiet=True),
        owned=True,
        size=SIZE,
        engine="emulated",  # the real one needs real root, and nobody is handed that
        key=secrets.token_hex(16),
    )
    try:
        yield started.registered
    finally:
        started.capsule.end()
