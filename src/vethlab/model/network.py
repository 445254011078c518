"""Networks above the underlay: name service. Docker's and the pods' have files of their own."""

from __future__ import annotations

from pydantic import Field

from .base import Address, Declared

__all__ = ["Dns"]


class Dns(Declared):
    """Name service. Hosts answer for `domain` (nodes, containers, pods) and ask `recursive` for the rest.

    `authoritative` and `recursive` name outside nodes; `zones` maps a zone to its names (`@` is the zone itself) and
    their addresses. The recursive server asks the authoritative one.
    """

    domain: str = "lab.internal"
    authoritative: str | None = None
    recursive: str | None = None
    zones: dict[str, dict[str, tuple[Address, ...]]] = Field(default_factory=dict)
