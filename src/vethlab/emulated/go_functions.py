"""Functions of the templates of `--format`, and how their values are spelt: Go's (text/template, fmt) and docker's own.

Source: the documentation of text/template and fmt (go.dev), and docker/cli, templates/templates.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from .refusal import Refusal

__all__ = ["FUNCTIONS", "called", "spell", "wrong"]

_WIDEST = 1000


def spell(value: Any) -> str:
    """As Go prints a value of this kind (fmt, %v)."""
    match value:
        case None:
            return "<no value>"
        case bool():
            return str(value).lower()
        case dict():
            return "map[" + " ".join(f"{k}:{spell(v)}" for k, v in sorted(value.items())) + "]"
        case list() | tuple():
            return "[" + " ".join(map(spell, value)) + "]"
    return str(value)


def called(name: str, arguments: list[Any]) -> Any:
    """The value of a function. Raises Refusal for arguments it does not take."""
    try:
        return FUNCTIONS[name](*arguments)
    except (TypeError, ValueError, AttributeError, OverflowError):
        raise wrong(f"error calling {name}: wrong number or type of args") from None


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        try:
            value = value[key]
        except KeyError:
            return None
        except (IndexError, TypeError):
            raise wrong(f"error calling index: index out of range: {key}") from None
    return value


def _printf(template: str, *values: Any) -> str:
    given = iter(values)

    def put(verb: re.Match[str]) -> str:
        if verb[2] == "%":
            return "%"
        value = next(given, None)
        text = json.dumps(spell(value), ensure_ascii=False) if verb[2] == "q" else spell(value)
        width = _width(int(verb[1] or 0))
        return text.ljust(-width) if width < 0 else text.rjust(width)

    return re.sub(r"%(-?\d+|)([sdvq%])", put, template)


def _pad(text: str, before: int, behind: int) -> str:
    return " " * _width(before) + text + " " * _width(behind) if text else text


def _width(asked: int) -> int:
    """Raises ValueError beyond what anybody reads: it is the lab that would have to make the blanks."""
    if abs(asked) > _WIDEST:
        raise ValueError(asked)
    return asked


#: Those of Go (`and` to `printf`) and docker's own.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "and": lambda *a: next((x for x in a if not x), a[-1]),
    "or": lambda *a: next((x for x in a if x), a[-1]),
    "not": lambda a: not a,
    "eq": lambda a, *b: any(a == x for x in b),
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "len": len,
    "index": _index,
    "print": lambda *a: "".join(map(spell, a)),
    "println": lambda *a: " ".join(map(spell, a)) + "\n",
    "printf": _printf,
    "json": lambda a: json.dumps(a, separators=(",", ":"), ensure_ascii=False),
    "split": lambda text, by: text.split(by),
    "join": lambda parts, by: by.join(parts),
    "title": lambda text: text.title(),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "pad": _pad,
    "truncate": lambda text, length: text[:length],
}


def wrong(words: str) -> Refusal:
    """What docker says of a template that it cannot read or fill in."""
    return Refusal(f"template parsing error: template: :1: {words}", 64)
