"""A finding: something wrong with a declared value, by its path in the document rather than its line."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding", "Path"]

#: Keys and list positions from the top of the document, as in `("nodes", "router", "links", 0)`.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """`message` is a whole sentence. `at_key` says that the key is what is wrong, not the value behind it."""

    path: Path
    message: str
    at_key: bool = False
