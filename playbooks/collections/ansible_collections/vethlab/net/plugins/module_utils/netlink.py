# SPDX-License-Identifier: Apache-2.0
"""The few questions about links that several modules ask the kernel over rtnetlink(7)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

try:
    from pyroute2 import IPRoute
    from pyroute2.netlink.exceptions import NetlinkError

    MISSING = ""
except ImportError:  # the target lacks it; each module says so in its own failure
    IPRoute, NetlinkError = None, OSError
    MISSING = "the Python package pyroute2 (0.9 or newer) is needed on the target"

__all__ = ["MISSING", "NetlinkError", "attribute", "family", "index_of", "nested", "netlink", "routes"]


#: Set on what the kernel keeps for itself beside a route: a path MTU or a redirect it has heard of (rtnetlink(7)).
RTM_F_CLONED = 0x200


@contextmanager
def netlink(module: Any) -> Iterator[Any]:
    """A netlink socket; what the kernel refuses becomes the module's failure, in the kernel's words."""
    if MISSING:
        module.fail_json(msg=MISSING)
    with IPRoute() as route:
        try:
            yield route
        except NetlinkError as error:
            module.fail_json(msg=f"the kernel refused: {error}")


def index_of(route: Any, name: str) -> int | None:
    """The interface index, or None where there is no such interface."""
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return None


def routes(route: Any, **matching: int) -> Iterator[Any]:
    """The routes of both families somebody set; what the kernel has learnt of a path is none, though a dump has it."""
    for version in (socket.AF_INET, socket.AF_INET6):
        yield from (r for r in route.get_routes(version, **matching) if not r["flags"] & RTM_F_CLONED)


def attribute(message: Any, name: str) -> Any:
    """A netlink attribute of a message, None where it is absent."""
    return message.get_attr(name)


def nested(message: Any, *names: str) -> Any:
    """An attribute inside attributes, None where one on the way is absent."""
    for name in names:
        if message is None:
            return None
        message = message.get_attr(name)
    return message


def family(address: str) -> int:
    """AF_INET or AF_INET6 of an address or prefix in text."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET
