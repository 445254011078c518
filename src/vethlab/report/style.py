"""How a report may look on its terminal: how wide, with colour or without, with symbols beyond ASCII or without."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

__all__ = ["Colour", "Style"]

Colour = Literal["red", "green", "yellow", "bold", "dim"]
_CODES: dict[Colour, str] = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}
_PLAIN = str.maketrans(
    {"●": "o", "✓": "+", "✗": "X", "→": ">", "—": "-", "…": "~", "├": "+", "└": "`", "│": "|", "─": "-", "·": "."}
)


@dataclass(frozen=True, slots=True)
class Style:
    """Colour only adds: every report says the same without it. `width` is in columns."""

    colour: bool = False
    width: int = 100
    unicode: bool = True

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] = os.environ) -> Style:
        """What suits a stream: colour on a terminal that is not dumb and whose user did not set NO_COLOR.

        Source: no-color.org; an empty NO_COLOR does not count.
        """
        terminal = stream.isatty()
        colour = terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
        return cls(colour, shutil.get_terminal_size((100, 24)).columns if terminal else 100, "utf" in encoding)

    def paint(self, text: str, colour: Colour) -> str:
        """With the codes around it (ECMA-48, 8.3.117) where the terminal has colours; blanks stay bare."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.colour and text.strip() else text

    def write(self, text: str) -> str:
        """The text in the characters that the terminal has."""
        return text if self.unicode else text.translate(_PLAIN).encode("ascii", "replace").decode()
