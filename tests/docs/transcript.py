"""A page as a person follows it: the files it shows, the commands it gives, and what it says they print.

```console      `$ command`, then its output; `…` stands for anything, alone on a line for any lines
```sh           commands without output
```yaml         (or python) a file to write, when its first line is `# NAME…`, or its second after `#!`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_NAMED = re.compile(r"(?:#!.*\n)?# ([\w-]+\.(?:yml|py))\b")
#: What no two runs share: seconds, process ids, versions of programs.
_UNSTABLE = re.compile(r"\d+\.\d+ m?s\b|\d+\.\d+s\b")


@dataclass(frozen=True)
class File:
    """A file the page shows whole."""

    name: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command the page gives; `shown` is what it says is printed, None when it shows nothing."""

    line: str
    shown: str | None


def steps(page: str) -> Iterator[File | Command]:
    """Everything a page asks of its reader, in order."""
    for kind, body in _FENCE.findall(page):
        if kind in ("yaml", "python") and (named := _NAMED.match(body)):
            yield File(named[1], body)
        elif kind == "sh":
            yield from (Command(line.partition("  #")[0].strip(), None) for line in body.splitlines() if line.strip())
        elif kind == "console":
            yield from _session(body)


def _session(body: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
        line, _, shown = part.partition("\n")
        while line.endswith("\\"):
            more, _, shown = shown.partition("\n")
            line = line[:-1] + more.strip()
        yield Command(line, shown.strip("\n"))


def matches(shown: str, printed: str) -> bool:
    """Whether a command printed what the page shows. Blank lines and the space at line ends do not count."""
    return re.fullmatch(_pattern(shown), "".join(f"{line}\n" for line in _lines(printed))) is not None


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _pattern(shown: str) -> str:
    parts = []
    for line in _lines(shown):
        if line == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            pieces = [".*".join(map(re.escape, _UNSTABLE.split(piece))) for piece in line.split("…")]
            parts.append(".*".join(pieces) + r"\n")
    return "".join(parts)


def expects_failure(shown: str | None) -> bool:
    """A page that shows a failure shows its mark: a red row, an error, a failed test."""
    return bool(re.search(r"^(✗|vethlab: |FAILED |=+ .*\d failed)", shown or "", re.M))
