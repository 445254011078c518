"""The "did you mean" behind an unknown name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["nearest", "unknown"]


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known name most like `word` (difflib's ratio, at least 0.6), or None."""
    found = difflib.get_close_matches(str(word)[:64].lower(), sorted(set(known)), n=1)
    return found[0] if found else None


def unknown(kind: str, word: object, known: Iterable[str]) -> str:
    """`unknown node 'nod1', did you mean 'node1'?`; without a near one, the names there are."""
    names = sorted(set(known))
    near = nearest(word, names)
    if near:
        return f"unknown {kind} {word!r}, did you mean {near!r}?"
    return f"unknown {kind} {word!r}; there is {_listed(names)}" if names else f"unknown {kind} {word!r}; there is none"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
