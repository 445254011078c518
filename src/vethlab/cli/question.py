"""From the words of `vethlab probe` to a question with everything worked out."""

from __future__ import annotations

import argparse
import ipaddress
from typing import Any
from urllib.parse import urlsplit

from ..errors import InputError, LabError
from ..state import LabState

__all__ = ["question"]


def question(arguments: argparse.Namespace, found: LabState | None) -> dict[str, Any]:
    """The fields of a `row.Probe`. Raises InputError for a target that is neither a name nor an address."""
    if found is None:
        raise LabError(f"lab {arguments.lab!r} is only just starting; try again in a moment")
    if arguments.dns:
        return {"kind": "dns", "name": arguments.dns} | _server(arguments.target, found)
    if arguments.http:
        return _http(arguments, found)
    address = _address(arguments.target, found)
    for kind in ("tcp", "udp"):
        if port := getattr(arguments, kind):
            return {"kind": kind, "address": address, "port": port}
    return {"kind": "mtu" if arguments.mtu else "icmp", "address": address}


def _server(target: str, found: LabState) -> dict[str, Any]:
    return {} if target == "resolver" and "resolver" not in found.places else {"address": _address(target, found)}


def _http(arguments: argparse.Namespace, found: LabState) -> dict[str, Any]:
    if arguments.http.isdigit():
        return {"kind": "http", "address": _address(arguments.target, found), "port": int(arguments.http)}
    url = urlsplit(arguments.http)
    if url.scheme != "http" or not url.hostname:
        raise InputError.of(f"a URL such as http://192.168.1.101:8080/ or a port was expected, not {arguments.http!r}")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return {"kind": "http", "address": _address(url.hostname, found), "port": url.port or 80, "path": path}


def _address(target: str, found: LabState) -> str:
    place = found.places.get(target)
    if place:
        return place.addresses[0]
    try:
        return str(ipaddress.ip_address(target))
    except ValueError:
        raise InputError.of(f"{target!r} is neither a node or sandbox of the lab nor an address") from None
