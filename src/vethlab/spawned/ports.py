"""Holding the ports of a host that a container has published, as dockerd does without its userland proxy.

Nobody else gets them, and `ss` shows them. What comes is led to the container before it could get here; should the
rules be gone that lead it there, it gets here, and no answer.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import detached

__all__ = ["hold"]

_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_BACKLOG = 4096
_PROGRAM = "/bin/sleep"


def hold(asked: Mapping[str, Any], answer: Callable[..., None]) -> None:
    """The spawner's job `ports`, in the namespaces of process `pid`: `bound` is a list of (address, port, protocol)."""

    def go_on() -> None:
        held = [_bound(*where) for where in asked["bound"]]
        kept = sorted(sock.detach() for sock in held)
        answer()
        first = 3
        for number in kept:
            os.closerange(first, number)
            os.set_inheritable(number, True)
            first = number + 1
        os.closerange(first, 256)
        os.execv(_PROGRAM, ["sleep", "infinity"])

    detached.start(asked, answer, Path("/dev/null"), go_on)


def _bound(address: str, port: int, protocol: str) -> socket.socket:
    """Raises OSError in Docker's words."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, _KINDS[protocol])
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, protocol == "tcp")
    try:
        sock.bind((address, port))
        if protocol == "tcp":
            sock.listen(_BACKLOG)
    except OSError as error:
        where = f"[{address}]" if ":" in address else address
        raise OSError(
            f"failed to bind host port for {where}:{port}/{protocol}: {str(error.strerror).lower()}"
        ) from None
    return sock
