"""Progress of long work: a line a phase on a terminal, silence elsewhere."""

from __future__ import annotations

import shutil
import sys
from typing import TextIO

__all__ = ["Progress"]


class Progress:
    """Writes to standard error, so that standard output is the report's alone."""

    def __init__(self, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._on = self._stream.isatty() and not quiet

    def begin(self, what: str, step: str = "") -> None:
        """Show what is under way, in place of what was; cut to the terminal's width."""
        line = f"  … {what:<12}{step}".rstrip()
        self._write(f"\r\033[K{line[: shutil.get_terminal_size().columns - 1]}")

    def done(self, what: str, seconds: float) -> None:
        """Leave a line for a phase that has ended, with its seconds."""
        self._write(f"\r\033[K  ✓ {what:<12}{seconds:6.2f} s\n")

    def say(self, sentence: str) -> None:
        """Something one should know, terminal or not; nothing if it is empty."""
        if sentence:
            self.clear()
            print(f"vethlab: {sentence}", file=self._stream)

    def clear(self) -> None:
        """Take the line of what is under way off the terminal."""
        self._write("\r\033[K")

    def _write(self, text: str) -> None:
        if self._on:
            self._stream.write(text)
            self._stream.flush()
