"""Talking to a lab from outside its capsule: its socket is reached through the file system of its init."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any

from . import errors, state
from .capsule import Registered
from .errors import LabError

__all__ = ["call"]


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("lab")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def _silence(lab: Registered, error: Exception) -> str:
    """Why there is no answer."""
    found = state.read(lab.root)
    if found and isinstance(error, FileNotFoundError):
        return f"lab {lab.name!r} is not up yet ({found.state}); try again in a moment"
    if not lab.root.exists():
        return f"lab {lab.name!r} has ended"
    return f"lab {lab.name!r} does not answer: {error}"


def call(lab: Registered, resource: str, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """POST `asked` to the lab's daemon, or GET without it. Raises the daemon's error, or LabError when it is gone."""
    connection = _Connection(str(lab.root / state.SOCKET.relative_to("/")))
    try:
        body = None if asked is None else json.dumps(asked)
        connection.request("GET" if body is None else "POST", resource, body)
        response = connection.getresponse()
        document: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException) as error:
        raise LabError(_silence(lab, error)) from None
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise errors.from_json(document)
    return document
