"""Reports of a verdict: for people (`text`), for programs (`document`), for build servers (`junit`)."""

from .document import document
from .drawing import render_topology
from .findings import Finding, findings, marks
from .grid import grid
from .junit import junit
from .sentence import sentence, strayed
from .style import Style
from .text import text

__all__ = [
    "Finding",
    "Style",
    "document",
    "findings",
    "grid",
    "junit",
    "marks",
    "render_topology",
    "sentence",
    "strayed",
    "text",
]
