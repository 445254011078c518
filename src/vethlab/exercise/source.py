"""A lab's folder, read: lab.yml checked against the model, its scripts and its debrief found.

labs/NAME/lab.yml         what this module reads
labs/NAME/solutions/*.sh  sound fixes, each of which must restore everything
labs/NAME/hacks/*.sh      tempting wrong ones, none of which may
labs/NAME/debrief.md      the packet's path, the evidence, alternatives
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ..assets import asset
from ..complaint import complaints
from ..errors import InputError, Problem
from ..finding import Finding
from ..model import Exercise, LabFile
from ..nearest import nearest
from ..yaml_source import Value, compose, decode
from .rules import check

__all__ = ["Source", "find_lab", "read", "shipped_labs"]


@dataclass(frozen=True)
class Source:
    """A lab as it lies in its folder; `id` is the folder's name."""

    id: str
    folder: Path
    tree: Value
    exercise: Exercise

    @property
    def file(self) -> Path:
        """What findings are located in."""
        return self.folder / "lab.yml"

    def scripts(self, kind: str) -> dict[str, str]:
        """The scripts of `solutions` or `hacks`, by name, in alphabetical order."""
        return {path.stem: path.read_text() for path in sorted((self.folder / kind).glob("*.sh"))}

    @property
    def debrief(self) -> str:
        """The text of debrief.md, Markdown; empty where there is none."""
        path = self.folder / "debrief.md"
        return path.read_text() if path.is_file() else ""

    @property
    def content_hash(self) -> str:
        """Of every file in the folder, so that a report can say what was attempted."""
        found = hashlib.sha256()
        for path in sorted(p for p in self.folder.rglob("*") if p.is_file()):
            found.update(f"{path.relative_to(self.folder)}\0".encode() + path.read_bytes())
        return found.hexdigest()[:16]

    def problem(self, finding: Finding) -> Problem:
        """A finding with the line and column, from 1, that it is at."""
        place, _ = self.tree.find(finding.path, key=finding.at_key)
        return Problem(str(self.file), *place, finding.message)


def shipped_labs() -> dict[str, Path]:
    """The folders of the labs that come with vethlab, by name, in alphabetical order."""
    try:
        root = asset("labs")
    except FileNotFoundError:
        return {}
    return {path.parent.name: path.parent for path in sorted(root.glob("[a-z]*/lab.yml"))}


def find_lab(name_or_folder: str) -> Path:
    """The folder meant: a path as it stands, else a shipped lab's name. Raises InputError with the nearest."""
    shipped, path = shipped_labs(), Path(name_or_folder)
    if "/" not in name_or_folder and name_or_folder in shipped:
        return shipped[name_or_folder]
    if (path / "lab.yml").is_file():
        return path
    near = nearest(path.name, shipped)
    hint = f"did you mean {near!r}?" if near else "`vethlab lab list` names them"
    raise InputError.of(f"there is no lab {name_or_folder!r}; {hint}")


def read(folder: Path) -> Source:
    """The lab in a folder. Raises InputError with every problem of its files, in the order of their lines."""
    file = folder / "lab.yml"
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError.of(f"the file cannot be read: {(error.strerror or str(error)).lower()}", str(file)) from None
    tree, problems = compose(decode(content, str(file)), str(file))
    if tree is None or not isinstance(tree.content, dict):
        message = "a mapping with the keys title, topology, checks and so on was expected"
        raise InputError(*problems, Problem(str(file), 1, 1, message))
    source, findings = _source(folder, tree)
    problems += [Problem(str(file), *tree.find(f.path, key=f.at_key)[0], f.message) for f in findings]
    problems += [] if source is None or problems else [*_folder(source)]
    if problems or source is None:
        raise InputError(*dict.fromkeys(problems))
    return source


def _source(folder: Path, tree: Value) -> tuple[Source | None, list[Finding]]:
    try:
        exercise = LabFile.model_validate({"lab": tree.plain()}).lab
    except ValidationError as error:
        return None, [Finding(f.path[1:], f.message, f.at_key) for f in complaints(error)]
    return Source(folder.resolve().name, folder, tree, exercise), list(check(exercise))


def _folder(source: Source) -> list[Problem]:
    """What must lie beside lab.yml."""
    lacking = []
    if not source.debrief:
        lacking.append("there is no debrief.md beside it: write the packet's path, the evidence, the alternatives")
    if not source.exercise.healthy and not source.scripts("solutions"):
        lacking.append("there is no solutions/*.sh beside it: at least one sound fix is needed to prove the lab")
    if not source.scripts("hacks"):
        lacking.append("there is no hacks/*.sh beside it: at least one tempting wrong fix, which must not pass")
    return [Problem(str(source.file), 1, 1, message) for message in lacking]
