"""Every behaviour, on both engines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from behaviour import Behaviour, asked
from changes import CHANGES, MISTAKES
from lives import LIVES
from names import NAMES
from parity_page import PAGE, SECTIONS, Answers, table
from published import PUBLISHED
from reach import DIRECT, REACH
from resolving import RESOLVING
from settings import ERRORS, SETTINGS
from unstarted import UNSTARTED

from vethlab.model import EngineVersion
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("parity.yml")

Record = Callable[[Behaviour, str], None]
STEADY = (*REACH, *DIRECT, *PUBLISHED, *NAMES, *SETTINGS, *ERRORS)


@pytest.mark.parametrize("behaviour", STEADY, ids=lambda b: b.name)
def test_steady(lab: RunningLab, behaviour: Behaviour, version: EngineVersion, record: Record) -> None:
    judge(lab, behaviour, version, record)


@pytest.mark.parametrize("behaviour", [*RESOLVING, *CHANGES, *LIVES, *UNSTARTED, *MISTAKES], ids=lambda b: b.name)
def test_changes(lab: RunningLab, behaviour: Behaviour, version: EngineVersion, record: Record) -> None:
    judge(lab, behaviour, version, record)


def test_a_denial_of_a_source_that_is_cut_off_is_not_measured(lab: RunningLab) -> None:
    isolated = asked("peer", "172.28.0.2", tcp=7)
    lab.run("node1", "iptables", "-I", "INPUT", "-s", "172.20.0.3", "-j", "DROP")
    try:
        told = isolated(lab)
    finally:
        lab.run("node1", "iptables", "-D", "INPUT", "-s", "172.20.0.3", "-j", "DROP")
    assert told == "not measured: peer → 172.20.0.1 was timeout before, timeout after"
    assert isolated(lab) == "timeout"


def judge(lab: RunningLab, behaviour: Behaviour, version: EngineVersion, record: Record) -> None:
    answer = behaviour.ask(lab)
    record(behaviour, answer)
    expected = behaviour.expected(version)
    assert answer == expected, behaviour.says


def test_names_are_unique_and_there_are_enough() -> None:
    names = [b.name for rows in SECTIONS.values() for b in rows]
    assert len(names) == len(set(names)) >= 150


def test_the_table_has_a_line_for_every_behaviour_that_was_asked() -> None:
    first, second, third = STEADY[:3]
    answers = Answers({("emulated", first.name): "timeout", ("dockerd", first.name): "timeout"}, "28.5.2")
    answers.add("emulated", second.name, "reached " * 20)
    head, *lines, counts = table(answers)
    assert head.split() == ["behaviour", "emulated", "dockerd", "agree"]
    assert [line.split()[0] for line in lines] == [first.name, second.name]
    assert lines[0].split()[1:] == ["timeout", "timeout", "yes"]
    assert lines[1].endswith("…  not measured")
    assert "asked of the emulated engine: 2, of Docker 28.5.2: 1. They agree in 1;" in counts
    assert third.name not in "".join(lines)


def test_the_page_has_every_behaviour(pytestconfig: pytest.Config) -> None:
    """The rest of the page is what was measured when it was written."""
    if pytestconfig.getoption("--parity-update"):
        pytest.skip("the page is being written anew")
    text = PAGE.read_text(encoding="utf-8")
    missing = [b.name for rows in SECTIONS.values() for b in rows if f"(`{b.name}`)" not in text]
    assert missing == [], "./vethlab test -e docker -- --parity-update writes the page anew"
