"""The report of an attempt: everything that was written down of it, in files that open anywhere, offline.

report.html      one file: result, rubric, timeline, terminals to replay, what was changed
report.json      the same as data
report.xml       the checks as JUnit
transcript.txt   what the terminals showed
"""

from __future__ import annotations

import json
from pathlib import Path

from ...errors import InputError
from ..attempt import Attempt
from .document import document
from .html import html
from .junit import junit
from .transcript import transcript

__all__ = ["document", "write"]


def write(attempt: Attempt, folder: Path) -> list[Path]:
    """Write the four files into a folder, which is made. Raises InputError where it cannot be."""
    found = document(attempt)
    files = {
        "report.html": html(found),
        "report.json": json.dumps(found, indent=1) + "\n",
        "report.xml": junit(found),
        "transcript.txt": transcript(found),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError.of(f"cannot write {folder}: {error.strerror}") from None
    return [folder / name for name in files]
