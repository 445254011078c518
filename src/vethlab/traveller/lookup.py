"""Names, as a program in the place gets them: the C library, with the place's own files (nsswitch.conf(5)).

It is asked by getent(1), a process that begins in the place. The C library of ours may have read another place's
nsswitch.conf long ago; and it keeps to that when it finds itself in another file system.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ..journey import Journey
from ..model import is_address
from .flow import Failed, Unanswered

__all__ = ["addresses"]

#: resolv.conf(5): how long, and how often. What the place's own file says of servers and search lists stays.
_OPTIONS = "timeout:1 attempts:2"
_SECONDS = 8.0


def addresses(journey: Journey) -> list[str]:
    """The IPv4 addresses of the journey's target, sorted; with `any_family` both families', as the library sorts them.

    Raises Failed, and Unanswered where nobody knows it.
    """
    if is_address(journey.target):
        return [journey.target]
    if journey.unpinned and _pinned(journey.target):
        raise Failed(f"{journey.target} is pinned in /etc/hosts")
    environment = os.environ | {"RES_OPTIONS": _OPTIONS}
    argv = ["getent", "ahosts" if journey.any_family else "ahostsv4", journey.target]
    try:
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Unanswered(f"{journey.target}: no answer within {_SECONDS:g} s") from None
    found = list(dict.fromkeys(line.split()[0] for line in done.stdout.splitlines() if line.strip()))
    if not found:
        raise Unanswered(f"{journey.target}: there is no such name")
    return found if journey.any_family else sorted(found)


def _pinned(name: str) -> bool:
    """Names have no case (RFC 4343), and the C library compares them so."""
    lines = Path("/etc/hosts").read_text(errors="replace").casefold().splitlines()
    return any(name.casefold() in line.partition("#")[0].split()[1:] for line in lines)
