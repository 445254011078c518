"""The report for people: the picture, the phases, the verdict, and then what went wrong, in full."""

from __future__ import annotations

from collections.abc import Mapping

from ..predict import Predictor
from ..verdict import Verdict
from ..world import World
from .findings import findings, render_finding
from .grid import grid
from .style import Style

__all__ = ["text"]


def text(world: World, phases: Mapping[str, float], verdict: Verdict, style: Style | None = None) -> str:
    """The whole report, with a newline at its end."""
    style = style or Style()
    lines = [*grid(world, verdict.observations, style), "", *_phases(phases), _verdict(world, verdict, style)]
    found = findings(verdict.observations)
    predictor = Predictor(world) if found else None
    for finding in found:
        lines += ["", *render_finding(finding, predictor, style)]
    return style.write("\n".join(lines) + "\n")


def _phases(phases: Mapping[str, float]) -> list[str]:
    if not phases:
        return []
    parts = [f"{name} {seconds:.2f} s" for name, seconds in phases.items()]
    return ["   ".join([*parts, f"all {sum(phases.values()):.2f} s"])]


def _verdict(world: World, verdict: Verdict, style: Style) -> str:
    line = f"{'✓' if verdict.ok else '✗'} {world.name}: {verdict.summary}"
    return style.paint(line, "green" if verdict.ok else "red")
