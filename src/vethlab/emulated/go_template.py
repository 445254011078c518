"""Templates of `--format`: Go's text/template, over what JSON has (objects, lists, texts, numbers, booleans, null).

text {{- pipeline -}}        a pipeline's value, without white space before or behind
{{.A.B}}  {{$}}  {{$v.A}}    fields, from here, from the top, or of a variable
{{f x y | g}}                functions (go_functions); in parentheses too, and their fields: {{(index .L 0).A}}
{{if}} {{else}} {{else if}} {{range}} {{range $k, $v := .M}} {{with}} {{end}} {{$v := pipeline}} {{/* remark */}}

Source: the documentation of text/template (go.dev).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .go_functions import FUNCTIONS, called, spell, wrong

__all__ = ["Template"]

_ACTION = re.compile(
    r"\{\{(?P<trim>- )?\s*(?P<body>(?:\"(?:\\.|[^\"\\])*\"|`[^`]*`|/\*.*?\*/|.)*?)\s*(?P<trim2> -)?\}\}", re.S
)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:\\.|[^"\\])*"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?)|(?P<field>(?:\.[A-Za-z_]\w*)+)"""
    r"""|(?P<dot>\.)|(?P<variable>\$\w*)|(?P<word>[A-Za-z_]\w*)|(?P<mark>:=|[()|,=]))"""
)

Evaluate = Callable[["_Scope"], Any]
Render = Callable[["_Scope"], str]


@dataclass
class _Scope:
    """What `.` is, and what the variables are."""

    dot: Any
    variables: dict[str, Any] = field(default_factory=dict)

    def inner(self, dot: Any, **more: Any) -> _Scope:
        return _Scope(dot, {**self.variables, **more})


class Template:
    """A template that was read. Raises Refusal where it cannot be."""

    def __init__(self, text: str) -> None:
        self._pieces = list(_split(text))
        try:
            self._body, ended_by = self._block(top=True)
        except RecursionError:
            raise wrong("nested too deeply") from None
        assert not ended_by

    def render(self, document: Any) -> str:
        """The text for one document. Raises Refusal, as for a field that it does not have."""
        return self._body(_Scope(document, {"$": document}))

    def _block(self, *, top: bool = False) -> tuple[Render, str]:
        """Pieces up to the `end` or `else` of this block, and which of them it was."""
        parts: list[Render] = []
        while self._pieces:
            kind, text = self._pieces.pop(0)
            if kind == "text":
                parts.append(lambda _, text=text: text)  # type: ignore[misc]
                continue
            word = text.split(None, 1)[0] if text else ""
            if word in ("end", "else"):
                if top:
                    raise wrong(f"unexpected {{{{{word}}}}}")
                return _joined(parts), text
            parts.append(self._action(word, text))
        if not top:
            raise wrong("unexpected EOF")
        return _joined(parts), ""

    def _action(self, word: str, text: str) -> Render:
        if word in _BLOCKS:
            return _BLOCKS[word](self, text.partition(word)[2])
        tokens = _tokens(text)
        if len(tokens) > 2 and tokens[0][0] == "variable" and tokens[1][1] in (":=", "="):
            return _assignment(tokens[0][1], _Pipeline(tokens[2:]).evaluate)
        value = _Pipeline(tokens).evaluate
        return lambda scope: spell(value(scope))

    def _branches(self) -> tuple[Render, Render]:
        """The block, and what follows its `else`."""
        body, ended_by = self._block()
        condition = ended_by.partition("else")[2].strip()
        if not ended_by.startswith("else"):
            return body, lambda _: ""
        if condition:
            word = condition.split(None, 1)[0]
            return body, self._action(word, condition)
        otherwise, ended_by = self._block()
        if ended_by != "end":
            raise wrong("expected end; found {{else}}")
        return body, otherwise

    def _if(self, text: str) -> Render:
        condition = _Pipeline(_tokens(text)).evaluate
        body, otherwise = self._branches()
        return lambda scope: (body if _truth(condition(scope)) else otherwise)(scope.inner(scope.dot))

    def _with(self, text: str) -> Render:
        value = _Pipeline(_tokens(text)).evaluate
        body, otherwise = self._branches()

        def render(scope: _Scope) -> str:
            found = value(scope)
            return body(scope.inner(found)) if _truth(found) else otherwise(scope.inner(scope.dot))

        return render

    def _range(self, text: str) -> Render:
        tokens = _tokens(text)
        marks = [i for i, token in enumerate(tokens) if token[1] == ":="]
        names = [value for kind, value in tokens[: marks[0]] if kind == "variable"] if marks else []
        over = _Pipeline(tokens[marks[0] + 1 :] if marks else tokens).evaluate
        body, otherwise = self._branches()

        def render(scope: _Scope) -> str:
            items = list(_items(over(scope)))
            named = [dict(zip(names[-2:], pair[2 - len(names) :] if names else (), strict=True)) for pair in items]
            turns = [body(scope.inner(value, **more)) for (_, value), more in zip(items, named, strict=True)]
            return "".join(turns) if turns else otherwise(scope)

        return render


_BLOCKS: dict[str, Callable[[Template, str], Render]] = {
    "if": Template._if,
    "with": Template._with,
    "range": Template._range,
}


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Texts and actions in turn, remarks left out, white space trimmed where it is asked for."""
    position, trim = 0, False
    for action in _ACTION.finditer(text):
        before = text[position : action.start()]
        before = before.lstrip() if trim else before
        yield "text", before.rstrip() if action["trim"] else before
        if not action["body"].startswith("/*"):
            yield "action", action["body"]
        position, trim = action.end(), bool(action["trim2"])
    rest = text[position:]
    if "{{" in rest:
        raise wrong("unclosed action")
    yield "text", rest.lstrip() if trim else rest


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise wrong(f"unexpected {text[position:].strip()[:1]!r} in command")
        assert token.lastgroup
        found.append((token.lastgroup, token[token.lastgroup]))
        position = token.end()
    return found


def _joined(parts: Sequence[Render]) -> Render:
    return lambda scope: "".join(part(scope) for part in parts)


def _assignment(name: str, value: Evaluate) -> Render:
    def render(scope: _Scope) -> str:
        scope.variables[name] = value(scope)
        return ""

    return render


class _Pipeline:
    """Commands joined by `|`: the value of each is the last argument of the next."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        if not tokens:
            raise wrong("missing value for command")
        self._tokens = list(tokens)
        self.evaluate = self._pipeline()
        if self._tokens:
            raise wrong(f"unexpected {self._tokens[0][1]!r} in command")

    def _pipeline(self) -> Evaluate:
        value = self._command(None)
        while self._tokens and self._tokens[0][1] == "|":
            self._tokens.pop(0)
            value = self._command(value)
        return value

    def _command(self, before: Evaluate | None) -> Evaluate:
        if self._tokens and self._tokens[0][0] == "word" and self._tokens[0][1] not in _CONSTANTS:
            name = self._tokens.pop(0)[1]
            if name not in FUNCTIONS:
                raise wrong(f'function "{name}" not defined')
            arguments = [*self._operands(), *([before] if before else [])]
            return lambda scope: called(name, [argument(scope) for argument in arguments])
        operands = list(self._operands())
        if len(operands) != 1 or before:
            raise wrong("can't give argument to non-function" if operands else "missing value for command")
        return operands[0]

    def _operands(self) -> Iterator[Evaluate]:
        while self._tokens and self._tokens[0][1] not in ("|", ")"):
            yield self._operand()

    def _operand(self) -> Evaluate:
        kind, text = self._tokens.pop(0)
        if text == "(" and kind == "mark":
            inner = self._pipeline()
            if not self._tokens or self._tokens.pop(0)[1] != ")":
                raise wrong("unclosed left paren")
            return self._fields_of(inner)
        if kind == "variable":
            return self._fields_of(lambda scope: _variable(scope, text))
        if kind == "field":
            return lambda scope: _path(scope.dot, text)
        if kind == "dot":
            return lambda scope: scope.dot
        constant = _constant(kind, text)
        return lambda _: constant

    def _fields_of(self, value: Evaluate) -> Evaluate:
        if self._tokens and self._tokens[0][0] == "field":
            path = self._tokens.pop(0)[1]
            return lambda scope: _path(value(scope), path)
        return value


_CONSTANTS = {"true": True, "false": False, "nil": None}


def _constant(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1] if text[0] == "`" else json.loads(text)
    if kind == "number":
        return float(text) if "." in text else int(text)
    if kind == "word":
        return _CONSTANTS[text]
    raise wrong(f"unexpected {text!r} in operand")


def _variable(scope: _Scope, name: str) -> Any:
    if name not in scope.variables:
        raise wrong(f'undefined variable "{name}"')
    return scope.variables[name]


def _path(value: Any, path: str) -> Any:
    for key in path.strip(".").split("."):
        if not isinstance(value, dict):
            raise wrong(f"can't evaluate field {key} in {spell(value)[:20]!r}")
        if key not in value:
            raise wrong(f'map has no entry for key "{key}"')
        value = value[key]
    return value


def _items(value: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and values; an object's in the order of its keys."""
    if isinstance(value, dict):
        yield from sorted(value.items())
    elif isinstance(value, list | tuple):
        yield from enumerate(value)
    elif value is not None:
        raise wrong(f"range can't iterate over {spell(value)}")


def _truth(value: Any) -> bool:
    return bool(value)
