"""YAML with the place of every value, read defensively: a file is input from somebody who may err, or mean harm.

    bytes --decode--> text --parse--> events --compose--> Value tree

The tree is composed here from the parser's events, not by PyYAML's own composer, for three reasons: places are kept,
duplicate keys are seen, and neither nesting nor aliases can exhaust memory or stack. Plain scalars follow the core
schema of YAML 1.2 (section 10.3), in which `8080:53` and `no` are text; in YAML 1.1 they are 484853 and false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from .errors import InputError, Problem
from .nearest import unknown

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Entry", "Place", "Value", "compose", "decode", "is_text"]

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_VALUES = 50_000

Place = tuple[int, int]
Scalar = str | int | float | bool | None

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_BASED = re.compile(r"0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


@dataclass(slots=True)
class Entry:
    """A key of a mapping with its place, and its value."""

    place: Place
    value: Value


@dataclass(slots=True)
class Value:
    """A value with its place (line, column; both from 1). `weight` is how many values it is, aliases written out."""

    place: Place
    content: Scalar | list[Value] | dict[str, Entry]
    weight: int = 1

    def plain(self) -> Any:
        """The value as Python's own types."""
        if isinstance(self.content, dict):
            return {key: entry.value.plain() for key, entry in self.content.items()}
        if isinstance(self.content, list):
            return [value.plain() for value in self.content]
        return self.content

    def find(self, path: tuple[str | int, ...], *, key: bool = False) -> tuple[Place, tuple[str | int, ...]]:
        """The place of the value at `path` (of its key, if asked), and the rest of the path that leads nowhere."""
        place, here = self.place, self
        for depth, part in enumerate(path):
            last = depth == len(path) - 1
            if isinstance(here.content, dict) and str(part) in here.content:
                entry = here.content[str(part)]
                here, place = entry.value, entry.place if key and last else entry.value.place
            elif isinstance(here.content, list) and isinstance(part, int) and part < len(here.content):
                here = here.content[part]
                place = here.place
            else:
                return place, path[depth:]
        return place, ()


def decode(content: bytes, file: str) -> str:
    """The text of a file. Raises InputError if it is too large or not UTF-8."""
    if len(content) > MAX_BYTES:
        raise InputError.of(f"the file is larger than {MAX_BYTES >> 20} MiB: that is no topology", file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        message = f"the file is not UTF-8: byte 0x{content[error.start]:02x} is not text"
        raise InputError(Problem(file, line, column, message)) from None


def compose(text: str, file: str) -> tuple[Value | None, list[Problem]]:
    """The one document of a text, None if it is empty, and what is wrong although it could be read.

    Raises InputError for what cannot be read: syntax, a second document, too deep, too many values.
    """
    composer = _Composer(text, file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.reader.ReaderError as error:
        raise composer.unreadable(error) from None
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem) and error.problem_mark:
            # Reading ahead it came to the end of its own depth before it told us of any: we end before that.
            return compose(text[: error.problem_mark.index], file)
        raise composer.syntax(error) from None
    return composer.root, composer.problems


class _Composer:
    """Events in, Values out. `stack` holds the open collections, `keys` the pending key of each mapping."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.root: Value | None = None
        self.problems: list[Problem] = []
        self.stack: list[Value] = []
        self.keys: list[tuple[str, Place] | None] = []
        self.names: list[str | None] = []
        self.anchors: dict[str, Value] = {}

    def take(self, event: Any) -> None:
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            self._tag(event, place)
            # A key is text whatever it looks like: a zone may well have a name such as 1.
            self._value(Value(place, event.value if self._expects_key() else _scalar(event)), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._value(self._aliased(str(event.anchor), place), None)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            self._tag(event, place)
            self._open(Value(place, [] if isinstance(event, yaml.SequenceStartEvent) else {}), event.anchor)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._close()
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise self._fatal(place, "one document was expected, and here a second one begins")

    def _tag(self, event: Any, place: Place) -> None:
        if event.tag not in (None, "!"):
            self._problem(place, f"YAML tags such as {event.tag} are not supported")

    def _open(self, value: Value, anchor: str | None) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self._fatal(value.place, f"values are nested more than {MAX_DEPTH} deep here")
        if self._expects_key():
            raise self._fatal(value.place, "a key was expected here, not a list or a mapping")
        self.stack.append(value)
        self.keys.append(None)
        self.names.append(anchor)

    def _close(self) -> None:
        value, anchor = self.stack.pop(), self.names.pop()
        self.keys.pop()
        self._value(value, anchor)

    def _expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].content, dict) and self.keys[-1] is None

    def _aliased(self, anchor: str, place: Place) -> Value:
        if anchor in self.anchors:
            return Value(place, self.anchors[anchor].content, self.anchors[anchor].weight)
        if anchor in self.names:
            raise self._fatal(place, f"*{anchor} refers to a value that contains it")
        raise self._fatal(place, unknown("anchor", anchor, self.anchors))

    def _value(self, value: Value, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = value
        if not self.stack:
            self.root = value
        elif self._expects_key():
            self._key(value)
        else:
            self._store(value)

    def _key(self, value: Value) -> None:
        if isinstance(value.content, list | dict):
            raise self._fatal(value.place, "a key was expected here, not a list or a mapping")
        if value.content == "<<":
            self._problem(value.place, "merge keys (<<) are not supported: write the keys out")
        self.keys[-1] = (str(value.content), value.place)

    def _store(self, value: Value) -> None:
        parent = self.stack[-1]
        parent.weight += value.weight
        if parent.weight > MAX_VALUES:
            raise self._fatal(value.place, f"the file has more than {MAX_VALUES} values, counting what aliases repeat")
        if isinstance(parent.content, list):
            parent.content.append(value)
        elif isinstance(parent.content, dict) and (pending := self.keys[-1]):
            self._entry(parent.content, pending, value)
            self.keys[-1] = None

    def _entry(self, mapping: dict[str, Entry], pending: tuple[str, Place], value: Value) -> None:
        key, place = pending
        if key in mapping:
            self._problem(place, f"key {key!r} is already given in line {mapping[key].place[0]}")
        elif key != "<<":
            mapping[key] = Entry(place, value)

    def _problem(self, place: Place, message: str) -> None:
        self.problems.append(Problem(self.file, *place, message))

    def _fatal(self, place: Place, message: str) -> InputError:
        return InputError(*self.problems, Problem(self.file, *place, message))

    def unreadable(self, error: yaml.reader.ReaderError) -> InputError:
        before = self.text[: next(_controls(self.text), 0)]
        place = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        code = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
        return self._fatal(place, f"character U+{code:04X} is not allowed in YAML")

    def syntax(self, error: yaml.MarkedYAMLError) -> InputError:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        line = (self.text.splitlines() or [""])[min(place[0], self.text.count("\n") + 1) - 1 :][:1]
        if line and "\t" in re.match(r"\s*", line[0])[0]:  # type: ignore[index]
            return self._fatal(place, "a tab indents this line: YAML wants spaces")
        said = ", ".join(part for part in (error.context, error.problem) if part)
        return self._fatal(place, f"this is not YAML: {said}")


def is_text(plain: str) -> bool:
    """True if these characters, written without quotes, are text and not a number, a boolean or nothing."""
    return isinstance(_resolve(plain), str)


def _scalar(event: Any) -> Scalar:
    return _resolve(event.value) if event.implicit[0] else str(event.value)


def _resolve(text: str) -> Scalar:
    if text in _WORDS or (text.lower() in _WORDS and text in (text.upper(), text.capitalize())):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _controls(text: str) -> Iterator[int]:
    """Where characters are that YAML does not allow (YAML 1.1, section 4.1)."""
    allowed = re.compile(r"[\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
    match = allowed.match(text)
    if match and match.end() < len(text):
        yield match.end()
