"""A terminal, recorded from outside as asciicast v2: one JSON document a line, a header and then what passed by.

Nothing that is typed where the terminal shows nothing (a password) is recorded: only what is shown is.
"""

from __future__ import annotations

import codecs
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

__all__ = ["CastWriter", "Frame", "frames", "typed_lines"]

Frame = tuple[float, str]
#: Colours, movements, modes (ECMA-48): what a prompt and an edited line are mixed with.
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")


class CastWriter:
    """Watches a terminal (vethlab.terminal.Watch) and writes what is shown, with its time."""

    def __init__(self, path: Path, title: str) -> None:
        self._path, self._title = path, title
        self._file: IO[str] | None = None
        self._began = time.time()
        self._text = codecs.getincrementaldecoder("utf-8")("replace")

    def __call__(self, kind: str, data: bytes) -> None:
        if kind == "r":
            columns, _, lines = data.decode().partition("x")
            self._resized(int(columns or 80), int(lines or 24))
        elif kind == "o" and (text := self._text.decode(data)):
            self._write([round(time.time() - self._began, 6), "o", text])

    def _resized(self, columns: int, lines: int) -> None:
        if self._file:
            return self._write([round(time.time() - self._began, 6), "r", f"{columns}x{lines}"])
        self._file = self._path.open("w", encoding="utf-8")
        self._path.chmod(0o600)
        head = {"version": 2, "width": columns or 80, "height": lines or 24}
        self._write(head | {"timestamp": int(self._began), "title": self._title, "began": self._began})

    def _write(self, document: Any) -> None:
        if self._file:
            self._file.write(json.dumps(document) + "\n")
            self._file.flush()

    def close(self) -> None:
        """End the recording. There is no file where no terminal was ever opened."""
        if self._file:
            self._file.close()


def frames(path: Path) -> tuple[dict[str, Any], list[Frame]]:
    """The header, and (seconds, text shown) of a recording. A last line that was cut short is left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    documents = list(_documents(lines))
    head = documents[0] if documents and isinstance(documents[0], dict) else {}
    return head, [(float(d[0]), str(d[2])) for d in documents[1:] if isinstance(d, list) and d[1] == "o"]


def _documents(lines: list[str]) -> Iterator[Any]:
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            return


def typed_lines(shown: list[Frame], prompt: str) -> list[tuple[float, str]]:
    """The command lines of a shell, as they stood on the screen behind its prompt when the line was ended."""
    found: list[tuple[float, str]] = []
    line = ""
    for at, text in shown:
        for character in _CONTROL.sub("", text):
            if character == "\n":
                _, mark, command = line.partition(prompt)
                if mark and command.strip():
                    found.append((at, command.strip()))
                line = ""
            elif character == "\b":
                line = line[:-1]
            elif character == "\r":
                pass
            else:
                line += character
    return found
