"""A topology file, read and checked: every error at once, each with its line, before anything is touched.

name --find--> file --decode, compose--> Value tree --pydantic--> Topology --complete--> --validate--> Topology
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .assets import shipped_topologies
from .complaint import complaints
from .defaults import complete
from .errors import InputError, Problem
from .files import with_files
from .finding import Finding
from .finding import Path as Where
from .model import Topology
from .nearest import nearest
from .validate import check_references, validate
from .yaml_source import MAX_BYTES, Value, compose, decode

__all__ = ["find", "load", "parse", "schema"]

_SUFFIXES = (".yml", ".yaml")
#: Values that decide which names there are: when one of them is wrong, no name is called unknown.
_NAMING = ("count", "per_node", "role", "name", "nodes", "switches", "containers", "pods", "links")

#: Which key of the file brings in a default that the file does not mention.
_WANTED_BY: dict[str | int, str] = {"docker": "containers", "pod_network": "pods"}


def load(path_or_name: str) -> Topology:
    """The topology in a file, or the shipped one of that name. Defaults are filled in.

    Raises InputError with every problem of the file, in the order of its lines.
    """
    path = find(path_or_name)
    return parse(_read(path), str(path), beside=path.parent)


def find(path_or_name: str) -> Path:
    """The file meant: a path as it stands (a separator or .yml marks one), else a shipped topology's name.

    Raises InputError that names the nearest shipped topology, or the nearest file of the same directory.
    """
    shipped, path = shipped_topologies(), Path(path_or_name)
    if "/" not in path_or_name and path.suffix not in _SUFFIXES and path_or_name in shipped:
        return shipped[path_or_name]
    try:
        if path_or_name and path.exists():
            return path
    except (OSError, ValueError):
        pass  # too long a name, or a null byte: no such file either
    raise InputError.of(_missing(path_or_name, path, shipped))


def _missing(asked: str, path: Path, shipped: Iterable[str]) -> str:
    near = nearest(path.stem, shipped)
    if "/" in asked or path.suffix in _SUFFIXES:
        beside = nearest(path.name, (p.name for p in _siblings(path)))
        hint = f"did you mean {str(path.with_name(beside))!r}?" if beside else near and f"did you mean {near!r}?"
        return f"there is no file {asked!r}" + (f"; {hint}" if hint else "")
    hint = f"did you mean {near!r}?" if near else f"there is {', '.join(shipped)}"
    return f"there is no topology {asked!r}; {hint}"


def _siblings(path: Path) -> Iterator[Path]:
    try:
        yield from (p for p in path.parent.iterdir() if p.suffix in _SUFFIXES)
    except (OSError, ValueError):
        return


def _read(path: Path) -> bytes:
    """At most one byte more than is allowed, so that an endless file ends."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError.of(f"the file cannot be read: {(error.strerror or str(error)).lower()}", str(path)) from None


def parse(content: bytes, file: str = "<topology>", beside: Path | None = None) -> Topology:
    """The topology in these bytes; `file` is what errors call it. Raises InputError as `load` does.

    Files it names are looked for `beside` it, and their paths made absolute; without that they are taken as they are.
    """
    tree, problems = compose(decode(content, file), file)
    if tree is None or tree.content is None:
        empty = "the file is empty: a topology has at least a name, switches and nodes"
        raise InputError(*problems, Problem(file, 1, 1, empty))
    if not isinstance(tree.content, dict):
        message = "a mapping with the keys name, switches and nodes was expected"
        raise InputError(*problems, Problem(file, *tree.place, message))
    topology, findings = _model(tree)
    problems += [_problem(file, tree, finding) for finding in findings]
    if topology is not None and beside is not None:
        topology, missing = with_files(topology, beside)
        problems += [_problem(file, tree, finding) for finding in missing]
    if problems or topology is None:
        raise InputError(*dict.fromkeys(problems))
    return topology


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a topology file, for editors."""
    return Topology.model_json_schema(by_alias=True)


def _model(tree: Value) -> tuple[Topology | None, list[Finding]]:
    data = tree.plain()
    findings = list(_left_open(data))
    try:
        topology = complete(Topology.model_validate(data))
    except ValidationError as error:
        wrong = list(complaints(error))
        return None, [*findings, *wrong, *_of_the_rest(data, wrong)]
    return topology, [*findings, *validate(topology)]


def _left_open(data: dict[str, Any]) -> Iterator[Finding]:
    """`docker:` with nothing behind it reads like "with docker", and YAML says null."""
    for key in ("docker", "pod_network", "cni", "dns"):
        if key in data and data[key] is None:
            yield Finding(
                (key,), f"there is nothing behind {key!r}: write {{}} for its defaults, or leave it out", True
            )


def _of_the_rest(data: dict[str, Any], wrong: list[Finding]) -> tuple[Finding, ...]:
    """The unknown names of a file with wrong values, once those are left out; none if that would be guessing."""
    if any(part in _NAMING for finding in wrong for part in (finding.path[-1:] if finding.path else ("name",))):
        return ()
    for finding in sorted(wrong, key=lambda f: [str(p).zfill(6) for p in f.path], reverse=True):
        _leave_out(data, finding.path)
    try:
        return check_references(complete(Topology.model_validate(data)))
    except ValidationError:
        return ()


def _leave_out(data: Any, path: Where) -> None:
    """The innermost key of a mapping on the path. A list keeps its items, or the others would change their places."""
    inner: tuple[dict[str, Any], str] | None = None
    for part in path:
        if isinstance(data, dict) and part in data:
            inner = data, str(part)
            data = data[str(part)]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
    if inner:
        del inner[0][inner[1]]


def _problem(file: str, tree: Value, finding: Finding) -> Problem:
    """At the place of the value, or of the nearest one around it where the value itself is a default."""
    path, key = finding.path, finding.at_key
    if path and isinstance(tree.content, dict) and path[0] in _WANTED_BY and path[0] not in tree.content:
        path, key = (_WANTED_BY[path[0]],), True
    place, _ = tree.find(path, key=key)
    return Problem(file, *place, finding.message)
