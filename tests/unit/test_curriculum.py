"""The labs as a curriculum: enough of them, in tracks, with controls, and an answer to every question."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from vethlab.exercise import QUESTIONS, find_lab, read, shipped_labs
from vethlab.feature import FEATURES
from vethlab.model import TRACKS

SOURCES = {name: read(find_lab(name)) for name in shipped_labs()}
PAGE = (Path(__file__).parents[2] / "docs/labs.md").read_text()


def test_there_are_enough_of_every_kind() -> None:
    assert len(SOURCES) >= 40
    assert sum(s.exercise.healthy for s in SOURCES.values()) >= 3
    assert sum(s.exercise.difficulty == 5 for s in SOURCES.values()) >= 3
    assert set(Counter(s.exercise.track for s in SOURCES.values())) == set(TRACKS)


def test_most_have_two_sound_fixes() -> None:
    broken = [s for s in SOURCES.values() if not s.exercise.healthy]
    assert sum(len(s.scripts("solutions")) >= 2 for s in broken) >= len(broken) / 2


def test_every_question_has_a_lab_and_a_line_in_the_docs() -> None:
    asked = {q for s in SOURCES.values() for q in s.exercise.questions}
    assert asked == set(QUESTIONS)
    rows = re.findall(r"^\| (.+?) \| `([\w-]+)` \| (.+) \|$", PAGE, re.M)
    assert {name: words for words, name, _ in rows} == QUESTIONS
    assert {name: labs for _, name, labs in rows} == {name: easiest(name) for name in QUESTIONS}


def easiest(question: str) -> str:
    """The first few labs that show the answer."""
    found = sorted((s.exercise.difficulty, n) for n, s in SOURCES.items() if question in s.exercise.questions)
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    return ", ".join(f"`{name}`" for _, name in found[:4]) + more


def test_needs_are_features() -> None:
    known = {f.name for f in FEATURES}
    assert {n for s in SOURCES.values() for n in s.exercise.needs} <= known


def test_every_lab_guards_something() -> None:
    for name, source in SOURCES.items():
        assert any(c.group == "invariant" for c in source.exercise.checks), name


def test_titles_and_names_differ() -> None:
    titles = Counter(s.exercise.title for s in SOURCES.values())
    assert max(titles.values()) == 1
