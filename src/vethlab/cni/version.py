"""Versions of the specification: compared, and chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["KNOWN", "LATEST", "at_least", "choose"]

#: What this runtime speaks.
KNOWN = ("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0")
LATEST = KNOWN[-1]


def at_least(version: str, other: str) -> bool:
    """Whether `version` is `other` or later. Raises ValueError for what is no version."""
    return _parts(version) >= _parts(other)


def choose(declared: Iterable[str]) -> str:
    """The latest version both sides know, as the runtime must (section 1, `cniVersions`). Raises ValueError."""
    declared = tuple(dict.fromkeys(declared))
    both = [v for v in declared if v in KNOWN]
    if not both:
        asked = ", ".join(declared) or "no version"
        raise ValueError(f"unsupported cniVersion {asked}; this runtime speaks {', '.join(KNOWN)}")
    return max(both, key=_parts)


def _parts(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f"a version such as {LATEST} was expected, not {version!r}")
    return tuple(map(int, version.split(".")))
