"""The matrix as a picture: sources down, targets across, one symbol a cell.

    ● answered as expected   r t u  refused, timed out, unreachable, as expected   ✗ failed   ? not measured

Where that is wider than the terminal, endpoints of one kind on one host are taken together, and then kinds alone; a
cell is then the count of rows met, or with a failure, `failed/all`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..outcome import NotMeasured, Refused, Timeout, Unreachable
from ..row import Observation
from ..world import World
from .style import Colour, Style

__all__ = ["grid", "legend"]

_Cells = dict[tuple[str, str], list[Observation]]
_KINDS = ("host", "router", "outside", "container", "pod")
_DENIALS = {Refused: "r", Timeout: "t", Unreachable: "u"}
_COLOURS: dict[str, Colour] = {"●": "green", "✗": "red", "?": "yellow"}


def grid(world: World, observations: Sequence[Observation], style: Style) -> list[str]:
    """The lines of the picture, none wider than the style if it can be helped."""
    names = [n for kind in _KINDS for n in _of_kind(world, kind)]
    lines = _full(world, names, _cells(observations, lambda name: name), style)
    if _width(lines) <= style.width:
        return [*_painted(lines, style), *legend(style)]
    for label in (lambda n: _group(world, n), lambda n: _kind(world, n)):
        lines = _blocks(list(dict.fromkeys(map(label, names))), _cells(observations, label))
        if _width(lines) <= style.width:
            break
    return [*lines, "", "rows met, or failed/all where some are not met"]


def legend(style: Style) -> list[str]:
    """What the symbols mean, in one line below an empty one."""
    words = "● answered   r refused   t timeout   u unreachable, each as expected   ✗ failed   ? not measured"
    return ["", style.paint(words, "dim")]


def _kind(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    return sandbox.kind if sandbox else world.machines[name].role


def _of_kind(world: World, kind: str) -> Iterable[str]:
    return (n for n in (*world.machines, *world.sandboxes) if _kind(world, n) == kind)


def _group(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    return f"{sandbox.kind}s@{sandbox.node}" if sandbox else _kind(world, name)


def _cells(observations: Iterable[Observation], label: Callable[[str], str]) -> _Cells:
    cells: _Cells = {}
    for o in observations:
        cells.setdefault((label(o.row.source), label(o.row.target)), []).append(o)
    return cells


def _width(lines: Iterable[str]) -> int:
    return max(map(len, lines), default=0)


def _full(world: World, names: list[str], cells: _Cells, style: Style) -> list[str]:
    """Numbered columns; a gap between kinds, whose names stand above the columns and before the rows."""
    side = max(map(len, names), default=0) + 5
    columns: list[tuple[str, str]] = []
    for number, name in enumerate(names, 1):
        gap = "  " if number > 1 and _kind(world, name) != _kind(world, names[number - 2]) else ""
        columns.append((name, f"{gap}{number:>3}"))
    lines = [" " * side + "".join(text for _, text in columns)]
    for number, name in enumerate(names, 1):
        if number > 1 and _kind(world, name) != _kind(world, names[number - 2]):
            lines.append("")
        marks = (_mark(cells.get((name, target), []), name == target) for target, _ in columns)
        body = "".join(mark.rjust(len(text)) for mark, (_, text) in zip(marks, columns, strict=True))
        lines.append(f"{number:>3} {name:<{side - 4}}{body}".rstrip())
    return lines


def _mark(rows: list[Observation], itself: bool) -> str:
    """The worst that happened; among what went as expected, an answer is worth more than a denial."""
    if not rows:
        return "\\" if itself else ""
    if any(not o.met and not isinstance(o.observed, NotMeasured) for o in rows):
        return "✗"
    if any(not o.met for o in rows):
        return "?"
    denials = [_DENIALS.get(type(o.observed)) for o in rows]
    return "●" if None in denials else str(denials[0])


def _painted(lines: list[str], style: Style) -> list[str]:
    if not style.colour:
        return lines
    return ["".join(style.paint(c, _COLOURS[c]) if c in _COLOURS else c for c in line) for line in lines]


def _blocks(labels: list[str], cells: _Cells) -> list[str]:
    texts = {pair: _count(rows) for pair, rows in cells.items()}
    columns = {target: _column(target, (texts.get((source, target), "") for source in labels)) for target in labels}
    side = max(map(len, labels), default=0)
    lines = [" " * side + "".join(target.rjust(size) for target, size in columns.items())]
    for source in labels:
        body = "".join(texts.get((source, target), "").rjust(size) for target, size in columns.items())
        lines.append(f"{source:<{side}}{body}".rstrip())
    return lines


def _column(label: str, texts: Iterable[str]) -> int:
    return max(len(label), *map(len, texts)) + 2


def _count(rows: list[Observation]) -> str:
    failed = sum(not o.met for o in rows)
    return f"✗ {failed}/{len(rows)}" if failed else str(len(rows))
