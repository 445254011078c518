"""Labs as they are drawn, marked and priced; and every shipped one, for several seeds, without anything running."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from functools import cache

import pytest

from vethlab.exercise import (
    PRICES,
    Prepared,
    Result,
    find_lab,
    mark,
    next_hint,
    prepare,
    read,
    rubric,
    score,
    shipped_labs,
)
from vethlab.exercise.variables import Scope, UnknownVariable, draw, environment
from vethlab.journey import Arrival, Journey
from vethlab.model import Cause, Check

LABS = sorted(shipped_labs())


@cache
def prepared_lab(name: str, seed: int) -> Prepared:
    return prepare(read(find_lab(name)), seed)


@pytest.mark.parametrize("name", LABS)
def test_a_shipped_lab_is_well_for_every_seed(name: str) -> None:
    for seed in (1, 2):
        prepared = prepared_lab(name, seed)
        assert not any("{{" in text for text in (prepared.exercise.brief, *map(str, prepared.journeys)))


def given_away(shown: str, causes: Iterable[Cause], faults: str) -> list[str]:
    """What a text tells of the cause: its part and what is wrong with it together, or a switch that the fault turns."""
    said = shown.lower().replace("-", " ")
    both = [f"{c.component} {c.mechanism}" for c in causes]
    named = [pair for pair in both if all(w.replace("-", " ") in said for w in pair.split())]
    return [*named, *(key for key in re.findall(r"\b(?:net|kernel)\.[a-z0-9_.]+", faults) if key in said)]


@pytest.mark.parametrize("name", LABS)
def test_nothing_a_candidate_reads_names_the_fault(name: str) -> None:
    prepared = prepared_lab(name, 1)
    exercise = prepared.exercise
    shown = f"{name} {exercise.title} {exercise.brief}"
    faults = "\n".join(step.lines for step in prepared.faults)
    assert given_away(shown, [exercise.cause, *exercise.also], faults) == []


def test_a_brief_that_names_the_fault_is_found() -> None:
    cause = Cause(component="packet-filter", mechanism="blocked", place="node1")
    told = "The packet filter of node1 has the port blocked, says `sysctl net.ipv4.ip_forward`."
    assert given_away(told, [cause], "sysctl -w net.ipv4.ip_forward=0") == [
        "packet-filter blocked",
        "net.ipv4.ip_forward",
    ]
    assert given_away("Port 5353 is blocked on purpose.", [cause], "") == []


def test_seeds_differ_and_repeat() -> None:
    declared = {"victim": ("a", "b", "c"), "peer": ("a", "b", "c"), "port": tuple(range(8000, 9000))}
    drawn = [draw("lab", seed, declared) for seed in range(20)]
    assert drawn == [draw("lab", seed, declared) for seed in range(20)]
    assert len({tuple(d.values()) for d in drawn}) > 10
    assert all(d["victim"] != d["peer"] for d in drawn)
    assert draw("lab", 1, declared) != draw("other", 1, declared)


def test_more_variables_than_choices_repeat() -> None:
    assert set(draw("lab", 1, {"a": ("x",), "b": ("x",)}).values()) == {"x"}


def test_filling_in() -> None:
    prepared = prepare(read(find_lab("ledger-silent")), 1)
    scope = Scope({"victim": "orders", "port": "80"}, prepared.world)
    assert scope.fill("{{ victim }} {{victim.node}}") == "orders node1"
    assert scope.fill_all({"tcp": "{{ port }}", "say": "port {{ port }}"}) == {"tcp": 80, "say": "port 80"}
    assert environment(scope)["victim_veth"] == prepared.world.sandboxes["orders"].veth
    with pytest.raises(UnknownVariable, match="did you mean 'victim'"):
        scope.fill("{{ victm }}")
    with pytest.raises(UnknownVariable, match="unknown property of orders 'adress', did you mean 'address'"):
        scope.fill("{{ victim.adress }}")


def test_a_journey_survives_the_wire() -> None:
    journey = Journey("web", "pod1", "dns", "www", answers=("10.0.0.1",), denied=True)
    assert Journey.from_json(journey.to_json()) == journey


def checks(*more: dict[str, object]) -> list[Check]:
    return [Check.model_validate({"says": "it fails", "from": "a", "to": "b", "tcp": 7} | each) for each in more]


def test_a_denial_counts_only_beside_something_that_is_reached() -> None:
    both = checks({"id": "open"}, {"id": "shut", "expect": "denied", "beside": "open", "group": "invariant"})
    up = mark(both, [Arrival("open", True), Arrival("shut", True)])
    down = mark(both, [Arrival("open", False, "no answer"), Arrival("shut", True)])
    assert [r.passed for r in up] == [True, True]
    assert [r.passed for r in down] == [False, None]
    assert "silence proves nothing while open fails" in down[1].reason
    assert down[0].reason == "it fails: no answer"


def test_what_was_not_measured_is_no_pass() -> None:
    (result,) = mark(checks({"id": "a"}), [Arrival("a", None, "there is no a")])
    assert result.passed is None
    assert score([result]) == 0


def test_score_and_rubric() -> None:
    results = [Result("a", "service", 3, True), Result("b", "service", 1, False), Result("c", "invariant", 1, True)]
    truth = Cause(component="route", mechanism="missing")
    assert score(results) == 80
    whole = rubric([dataclasses.replace(r, passed=True) for r in results], [truth], [truth], 0)
    assert (whole.automatic, whole.automatic_most) == (66, 66)
    hinted = rubric(results, [truth], [Cause(component="route", mechanism="down")], PRICES[0] + PRICES[1])
    points = {f.name: f.points for f in hinted.fields}
    assert points["restored"] == round(35 * 0.75 * 0.85, 1)
    assert (points["invariants"], points["component"], points["mechanism"]) == (15, 6.8, 0)
    assert points["method"] is None
    assert points["quality"] is None
    assert points["evidence"] is None
    assert sum(f.most for f in hinted.fields) == 100


ROUTE, SIZE = Cause(component="route", mechanism="shadowed"), Cause(component="mtu", mechanism="silenced")


@pytest.mark.parametrize(
    ("told", "component", "mechanism"),
    [
        ([ROUTE, SIZE], 8, 8),
        ([SIZE, ROUTE], 8, 8),
        ([SIZE], 4, 4),
        ([], 0, 0),
        ([Cause(component="mtu", mechanism="shadowed")], 4, 0),
        ([ROUTE, Cause(component="mtu", mechanism="down")], 8, 4),
        ([ROUTE, SIZE, Cause(component="nat", mechanism="down"), Cause(component="bridge", mechanism="down")], 4, 4),
    ],
)
def test_of_two_causes_each_is_worth_half(told: list[Cause], component: float, mechanism: float) -> None:
    fields = {f.name: f.points for f in rubric([], [ROUTE, SIZE], told, 0).fields}
    assert (fields["component"], fields["mechanism"]) == (component, mechanism)


def test_hints_climb_and_follow_what_fails() -> None:
    exercise = read(find_lab("ledger-silent")).exercise
    failing = [Result("peer-to-victim", "service", 3, False)]
    first = next_hint(exercise, failing, [])
    assert first
    assert first[:2] == ("peer-to-victim", 0)
    second = next_hint(exercise, failing, [("peer-to-victim", 0)])
    assert second
    assert second[1] == 1
    assert next_hint(exercise, failing, [("peer-to-victim", n) for n in range(4)]) is None
    assert next_hint(exercise, [Result("peer-to-victim", "service", 3, True)], []) is None


def test_what_is_seen_at_the_end_has_its_hints_after_all_else() -> None:
    exercise = read(find_lab("store-twins")).exercise
    failing = [Result("store-to-orders", "service", 3, False)]
    first, second = next_hint(exercise, failing, []), next_hint(exercise, [], [])
    assert first
    assert second
    assert (first[0], second[0]) == ("store-to-orders", "newcomer")
