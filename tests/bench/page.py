"""docs/measurements.md: what the benches printed when somebody last recorded them, section by section."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["PAGE", "record"]

PAGE = Path(__file__).parents[2] / "docs/measurements.md"

_HEAD = """# Measurements

What `vethlab test -e bench` printed on one machine, at the time and under the conditions that each section names.
Nothing depends on these numbers, and no test judges them: ratios carry from machine to machine, absolutes do not.
Your own: `vethlab test -e bench`; one section: `vethlab test -e bench -- --only docker`.

This page is made by `vethlab test -e bench -- --record`, which replaces the sections it measured.
"""


def record(section: str, conditions: str, lines: list[str], page: Path = PAGE) -> None:
    """Replace a section of the page, or add it behind the others."""
    known = _sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    told = "\n".join(lines).strip("\n")
    known[section] = f"{datetime.now(UTC).date()}. {conditions}\n\n```\n{told}\n```"
    body = "".join(f"\n## {name}\n\n{text}\n" for name, text in known.items())
    page.write_text(_HEAD + body, encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    _, *found = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(found[::2], found[1::2], strict=True)}
