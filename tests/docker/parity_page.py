"""docs/parity-docker.md: every behaviour, what each engine answered, and whether they agree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from behaviour import Behaviour
from changes import CHANGES, MISTAKES
from lives import LIVES
from names import NAMES
from options import OPTIONS
from published import PUBLISHED
from reach import DIRECT, REACH
from resolving import RESOLVING
from settings import ERRORS, SETTINGS
from unstarted import UNSTARTED

from vethlab.docker_versions import CHANGES as VERSIONS

__all__ = ["PAGE", "SECTIONS", "Answers", "page", "table"]

PAGE = Path(__file__).parents[2] / "docs/parity-docker.md"
SECTIONS: dict[str, tuple[Behaviour, ...]] = {
    "Reach": REACH,
    "Direct access": DIRECT,
    "Published ports": PUBLISHED,
    "Names": NAMES,
    "Resolving": RESOLVING,
    "What docker says": SETTINGS,
    "Errors": ERRORS,
    "While it runs": CHANGES,
    "How they end": LIVES,
    "Before they start": UNSTARTED,
    "Mistakes": MISTAKES,
    "Told otherwise": OPTIONS,
}
NOT_MEASURED = "not measured"
_HEAD = """\
# Parity of the two Docker engines

Written by `./vethlab test -e docker -- --parity-update`; do not edit. Each row is a behaviour that both engines are
asked for, the emulated one with the rules of Docker 28 and Docker's own, version {version}, where it runs. Where they
differ, the difference is one between versions of Docker, and named.

{summary}
"""


@dataclass
class Answers:
    """By engine and behaviour. `version` is the real engine's."""

    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    version: str = ""

    def add(self, engine: str, behaviour: str, answer: str, version: str = "") -> None:
        """`version` where the engine is the real one."""
        self.answers[engine, behaviour] = answer
        self.version = version or self.version

    def remember(self, text: str) -> None:
        """Take from a page what was not asked this time, so that the engines may be asked one after the other."""
        known = {b.name for rows in SECTIONS.values() for b in rows}
        version = re.search(r"Docker's own, version ([\d.]+)", text)
        self.version = self.version or (version[1] if version else "")
        for name, *cells in re.findall(r"\(`([\w-]+)`\) \| (.*?) \| (.*?) \| [\w-]* ?\|$", text, re.M):
            for engine, cell in zip(("emulated", "dockerd"), cells, strict=True):
                if name in known and cell != NOT_MEASURED:
                    self.answers.setdefault((engine, name), _answer(cell))

    def agreement(self, behaviour: Behaviour) -> str:
        """`yes`, the name of the change between versions, `no`, or nothing where one was not asked."""
        emulated, real = (self.answers.get((e, behaviour.name)) for e in ("emulated", "dockerd"))
        if emulated is None or real is None:
            return ""
        return "yes" if _cell(emulated) == _cell(real) else behaviour.change or "no"

    def summary(self) -> str:
        everything = [b for rows in SECTIONS.values() for b in rows]
        found = [self.agreement(b) for b in everything]
        asked = sum(("emulated", b.name) in self.answers for b in everything)
        real = sum(("dockerd", b.name) in self.answers for b in everything)
        named = sum(f not in ("", "yes", "no") for f in found)
        return (
            f"{len(everything)} behaviours; asked of the emulated engine: {asked}, of Docker {self.version or '(absent)'}: "
            f"{real}. They agree in {found.count('yes')}; {named} differ between versions of Docker; {found.count('no')} differ."
        )


def table(answers: Answers) -> list[str]:
    """For a terminal: a line for each behaviour that was asked, both answers, whether they agree; and the counts."""
    found = [("behaviour", "emulated", "dockerd", "agree")]
    for behaviour in (b for rows in SECTIONS.values() for b in rows):
        told = [answers.answers.get((engine, behaviour.name)) for engine in ("emulated", "dockerd")]
        if told != [None, None]:
            found.append((behaviour.name, *(_cell(t, 36) for t in told), answers.agreement(behaviour)))
    widths = [max(len(row[i]) for row in found) for i in range(3)]
    return [*("  ".join(map(str.ljust, row, (*widths, 0))).rstrip() for row in found), answers.summary()]


def page(answers: Answers, before: str = "") -> str:
    """The whole page; `before` is what it was."""
    answers.remember(before)
    parts = [_HEAD.format(version=answers.version or "(not measured)", summary=answers.summary())]
    for section, rows in SECTIONS.items():
        parts.append(f"\n## {section}\n\n| behaviour | emulated | dockerd | agree |\n|---|---|---|---|\n")
        parts += [_line(answers, b) for b in rows]
    parts.append(
        "\n## Differences between versions of Docker\n\n| difference | since | before | after | source |\n|---|---|---|---|---|\n"
    )
    parts += [f"| {c.name} | {c.since} | {c.before} | {c.after} | {c.source} |\n" for c in VERSIONS.values()]
    return "".join(parts)


def _line(answers: Answers, behaviour: Behaviour) -> str:
    told = [_cell(answers.answers.get((engine, behaviour.name))) for engine in ("emulated", "dockerd")]
    return f"| {behaviour.says} (`{behaviour.name}`) | {told[0]} | {told[1]} | {answers.agreement(behaviour)} |\n"


def _cell(answer: str | None, room: int = 80) -> str:
    if answer is None:
        return NOT_MEASURED
    text = answer.replace("|", "\\|").replace("\n", "; ") or "nothing"
    return text if len(text) <= room else text[: room - 3] + "…"


def _answer(cell: str) -> str:
    """A cell read back: as far as it was written."""
    return "" if cell == "nothing" else cell.replace("\\|", "|").replace("; ", "\n")
