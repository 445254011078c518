"""Taking secrets out of what is to be shown: a report is passed on, a recording is not."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["redact", "redact_frames"]

_SECRETS = re.compile(
    r"""(?ix)
    \b(?:\w*password|\w*passwd|\w*secret|\w*token|api[-_]?key|authorization)\b \s*[=:]\s* (?:bearer\s+)? ["']?
        (?P<value>[^\s'"]+)
    | ://[^\s/:@]+: (?P<url>[^\s/@]+) (?=@)
    | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY----- (?P<key>.*?) (?=-----END|\Z)
    """,
    re.S,
)


def redact(text: str) -> str:
    """The text with passwords, tokens, credentials in URLs and private keys dotted out. It keeps its length."""
    return _SECRETS.sub(_dotted, text)


def _dotted(found: re.Match[str]) -> str:
    secret = found["value"] or found["url"] or found["key"] or ""
    return found[0].replace(secret, re.sub(r"\S", "•", secret))


def redact_frames(frames: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
    """The same for what a terminal showed in pieces: whoever types slowly has a frame for each letter."""
    frames = list(frames)
    whole = redact("".join(text for _, text in frames))
    shown, at = [], 0
    for time, text in frames:
        shown.append((time, whole[at : at + len(text)]))
        at += len(text)
    return shown
