"""A whole interview, from the brief to the report: a wrong fix, a hint, a cause, the right fix."""

from __future__ import annotations

import json
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import Bench
from vethlab.exercise import find_lab, prepare, read

LAB, SEED = "ledger-silent", 7


@pytest.fixture(scope="module")
def veth() -> str:
    return prepare(read(find_lab(LAB)), SEED).environment["victim_veth"]


def test_an_interview_from_end_to_end(bench: Bench, name: str, veth: str, tmp_path: Path) -> None:
    interview = ("--interview", "--candidate", "A. <b>Turing</b>", "--minutes", "30", "--seed", str(SEED))
    begun = bench.start(LAB, name, *interview)
    assert begun["name"] == name
    assert "seed" not in begun
    assert "pods on node1" in begun["brief"]

    broken = bench.ask("check", name, status=1)
    assert {c["id"] for c in broken["checks"]} == {"service", "invariant"}
    assert all(c["reason"] == "" for c in broken["checks"])
    assert broken["score"] < 50
    assert broken["later"] == 1
    assert "practice" in bench.run("solve", name, status=2)
    nothing_is_revealed(bench, name)

    # A wrong fix, which the reset undoes.
    shell = bench.shell(name)
    assert "DOWN" in bench.type(shell, f"ip -br link show {veth}")
    bench.type(shell, "ip link set cni0 down; export TOKEN=hunter2")
    bench.leave(shell)
    assert bench.ask("check", name, status=1)["score"] < broken["score"]
    bench.ask("reset", name)
    assert bench.ask("check", name, status=1) == broken

    hint = bench.ask("hint", name)
    assert (hint["rung"], hint["price"]) == ("orient", 5)
    assert bench.ask("hint", name, "--free")["price"] == 0

    assert bench.ask("pause", name)["paused"]
    before = bench.ask("status", name)["elapsed"]
    for verb in (["check"], ["shell"], ["reset"], ["rca", "--component", "none", "--mechanism", "none"]):
        evidence = ["--evidence", "x y z"] if verb[0] == "rca" else []
        assert "the clock is stopped" in bench.run(verb[0], name, *verb[1:], *evidence, status=2)
    time.sleep(0.3)
    assert bench.ask("status", name)["elapsed"] == before
    bench.ask("resume", name)

    said = ["--component", "interface", "--mechanism", "down", "--place", "node1"]
    assert "did you mean" not in bench.run("rca", name, *said[:3], "donw", "--evidence", "x y z", status=2)
    guess = ["--component", "mtu", "--mechanism", "too-small", "--evidence", "it is slow"]
    bench.ask("rca", name, "--also", *guess)
    bench.ask("rca", name, "--also", *guess)
    bench.ask("rca", name, *said, "--evidence", f"ip -br link: {veth} is DOWN <script>alert(1)</script>")
    shell = bench.shell(name, "node1")
    bench.type(shell, f"ip link set {veth} up")
    bench.leave(shell)
    assert bench.ask("check", name)["score"] == 100

    grade = bench.ask("submit", name, "--sustain", "0.5")
    assert grade["restored"]
    assert "rubric" not in grade
    assert "it was submitted" in bench.run("check", name, status=2)
    assert "it was submitted" in bench.run("hint", name, status=2)

    report(bench, name, veth, tmp_path)
    replay = bench.run("replay", name, "--instant")
    assert f"ip link set {veth} up" in replay
    assert bench.ask("stop", name, "--forget") == {"name": name, "record": None}
    assert not (bench.state / name).exists()


def nothing_is_revealed(bench: Bench, name: str) -> None:
    """While the cause may still be told: no report, score or terminal tells it, and no terminal is off the record."""
    early = bench.ask("report", name)
    assert (early["truth"], early["debrief"]) == (None, "")
    assert bench.ask("status", name)["last_score"] is None
    assert "the capsule is no place" in bench.run("shell", name, "capsule", status=2)
    assert "the capsule is no place" in bench.run("share", name, "--port", "0", "--place", "capsule", status=2)
    assert "this is no terminal" in bench.run("shell", name, status=2)


def report(bench: Bench, name: str, veth: str, folder: Path) -> None:
    bench.run("report", name, "--output", str(folder))
    found = json.loads((folder / "report.json").read_text())
    points = {f["name"]: f["points"] for f in found["rubric"]["fields"]}
    assert points["restored"] == round(35 * 0.95, 1)
    assert points["invariants"] == 15
    assert points["component"] == points["mechanism"] == 7.6
    assert points["method"] is points["quality"] is points["evidence"] is None
    assert [each["component"] for each in found["tellings"]] == ["interface"]  # what was told last, anew
    assert (found["seed"], found["candidate"], found["hints_percent"]) == (SEED, "A. <b>Turing</b>", 5)
    kinds = [e["kind"] for e in found["timeline"]]
    assert {"started", "checked", "shell", "command", "reset", "hint", "paused", "resumed", "rca", "submitted"} <= set(
        kinds
    )
    commands = [e["line"] for e in found["timeline"] if e["kind"] == "command"]
    assert f"ip link set {veth} up" in commands
    assert any(f"+{veth}" in line and "UP" in line for line in found["changes"]["node1"])
    assert "desk" not in found["changes"]  # made anew by the reset, and as it was
    assert not any("fe80:" in line for lines in found["changes"].values() for line in lines)
    ends = [i for i, e in enumerate(found["timeline"]) if e["kind"] == "shell-ended"]
    assert all(found["timeline"][i - 1]["line"] == "exit" for i in ends)
    assert found["milestones"]["first_improvement"] is not None

    page = (folder / "report.html").read_text()
    assert "<script>alert" not in page
    assert "<b>Turing" not in page
    assert "http://" not in page
    assert "https://" not in page
    texts = page, (folder / "transcript.txt").read_text(), (folder / "report.json").read_text()
    assert not any("hunter2" in text for text in texts)
    suite = ElementTree.fromstring((folder / "report.xml").read_text())
    assert (suite.get("failures"), len(suite)) == ("0", len(found["results"]))


def test_a_lucky_fix_without_a_diagnosis(bench: Bench, name: str) -> None:
    """Practice: reasons are told, the solution is played, and the truth comes with the grade."""
    name += "-practice"
    bench.start(LAB, name, "--seed", "3")
    told = bench.ask("check", name, status=1)
    assert any("gets no answer" in c["reason"] for c in told["checks"])
    assert bench.ask("solve", name)["solution"] == "bounce"
    late = ["--component", "interface", "--mechanism", "down", "--evidence", "x y z"]
    assert "it was solved for you" in bench.run("rca", name, *late, status=2)
    grade = bench.ask("submit", name, "--sustain", "0.2")
    points = {f["name"]: f["points"] for f in grade["rubric"]["fields"]}
    assert (points["restored"], points["component"], points["mechanism"]) == (35, 0, 0)
    assert not any(lab["done"] for lab in bench.ask("list")), "it was done for somebody, not by them"
    shown = bench.run("topo", name)
    assert "cni0" in shown
    bench.run("stop", name)
    assert bench.ask("status", name)["running"] is False
    assert "it was submitted" in bench.run("reset", name, status=2)


def test_a_healthy_control_is_passed_by_saying_so(bench: Bench, name: str) -> None:
    name += "-control"
    bench.start("shop-echoless", name, "--seed", "1")
    assert bench.ask("check", name)["score"] == 100
    assert bench.ask("hint", name) == {}
    bench.ask("rca", name, "--component", "none", "--mechanism", "none", "--evidence", "curl works from outside")
    grade = bench.ask("submit", name, "--sustain", "0.2")
    assert grade["rubric"]["automatic"] == grade["rubric"]["automatic_most"] == 66
    bench.run("stop", name, "--forget")


@pytest.mark.parametrize(("second", "points"), [("mtu", 8.0), ("conntrack", 4.0)])
def test_two_causes_are_told_one_beside_the_other(bench: Bench, name: str, second: str, points: float) -> None:
    """Each is worth its share; one that is none takes from it."""
    name += f"-{second}"
    bench.start("audit-two-layers", name, "--seed", "1")
    place = prepare(read(find_lab("audit-two-layers")), 1).environment["here"]
    first = ["--component", "tunnel", "--mechanism", "missing", "--place", place, "--evidence", "bridge fdb show"]
    second_words = ["--component", second, "--mechanism", "wrong-value", "--place", "node1", "--evidence", "ping -M do"]
    bench.ask("rca", name, *first)
    bench.ask("rca", name, "--also", *second_words)
    grade = bench.ask("submit", name, "--sustain", "0.2", status=1)
    assert {f["name"]: f["points"] for f in grade["rubric"]["fields"]}["component"] == points
    bench.run("stop", name, "--forget")
