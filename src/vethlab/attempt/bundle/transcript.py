"""What the terminals showed, as plain text."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["plain", "transcript"]

#: Control sequences (ECMA-48): CSI … final, OSC … terminator, two-character escapes.
_CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x07\x0e-\x1f]")


def transcript(document: dict[str, Any]) -> str:
    """Each terminal under its title."""
    parts = [f"{document['name']}: {document['title']}\n"]
    for terminal in document["terminals"]:
        parts.append(f"\n=== {terminal['file']}: {terminal['title']}, from {terminal['offset']} s on\n")
        parts.append(plain("".join(text for _, text in terminal["frames"])))
    return "\n".join(parts)


def plain(text: str) -> str:
    """The text without control sequences; what was overtyped by a backspace is gone."""
    text = _CONTROLS.sub("", text).replace("\r\n", "\n")
    while "\b" in text:
        shorter = re.sub(r"[^\n\b]\x08", "", text)
        text = shorter if shorter != text else text.replace("\b", "")
    return text.replace("\r", "")
