"""Reports of a verdict: for people (`text`), for programs (`document`), for build servers (`junit`)."""

from .document import document
from .drawing import render_topology
from .findings import Finding, findings, sentence, way
from .grid import grid
from .junit import junit
from .style import Style
from .text import text

__all__ = ["Finding", "Style", "document", "findings", "grid", "junit", "render_topology", "sentence", "text", "way"]
