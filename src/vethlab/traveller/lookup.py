"""Names, as a program in the place gets them: the C library, with the place's own files (nsswitch.conf(5))."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

from ..journey import Journey
from .flow import Failed

__all__ = ["addresses"]

#: resolv.conf(5): how long, and how often. What the place's own file says of servers and search lists stays.
_OPTIONS = "timeout:1 attempts:2"


def addresses(journey: Journey) -> list[str]:
    """The IPv4 addresses of the journey's target, sorted. Raises Failed."""
    if _is_address(journey.target):
        return [journey.target]
    os.environ["RES_OPTIONS"] = _OPTIONS
    if journey.unpinned and _pinned(journey.target):
        raise Failed(f"{journey.target} is pinned in /etc/hosts")
    try:
        found = socket.getaddrinfo(journey.target, None, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise Failed(f"{journey.target}: {str(error.strerror).lower()}") from None
    return sorted({str(entry[4][0]) for entry in found})


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _pinned(name: str) -> bool:
    lines = Path("/etc/hosts").read_text(errors="replace").splitlines()
    return any(name in line.partition("#")[0].split()[1:] for line in lines)
