"""The report of a virtual machine counts what ran and gives every skip its reason; what did not run is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.vagrant import __main__ as vagrant
from tests.vm import __main__ as vm
from tests.vm import topologies
from tests.vm.report import report

JUNIT = """<testsuites><testsuite>
<testcase classname="a" name="one"/>
<testcase classname="a" name="two"><skipped message="needs a second user"/></testcase>
<testcase classname="a" name="three"><skipped message="needs a second user"/></testcase>
<testcase classname="a" name="four"><failure message="no"/></testcase>
</testsuite></testsuites>"""


def test_what_ran_and_what_did_not(tmp_path: Path) -> None:
    (tmp_path / "uname.txt").write_text("Linux vm 6.1.0-56-amd64\n")
    (tmp_path / "steps.txt").write_text("doctor 0 10.0 12.5\nrun 1 12.5 20.0\ntests 1 20.0 30.0\n")
    features = [{"name": "veth", "works": True}, {"name": "netem", "works": False}]
    (tmp_path / "doctor.out").write_text(json.dumps({"features": features}))
    counts = {"total": 80, "met": 79, "failed": 1, "not_measured": 0}
    (tmp_path / "run.out").write_text(json.dumps({"summary": counts}))
    (tmp_path / "tests.out").write_text("4 tests\nthe last line\n")
    (tmp_path / "tests.xml").write_text(JUNIT)
    told = list(report(tmp_path, ["doctor", "run", "tests", "more"]))
    assert told == [
        "kernel    Linux vm 6.1.0-56-amd64",
        "doctor                     status 0     2.5 s  2 features tried, missing: netem",
        "run                        status 1     7.5 s  80 rows: 79 met, 1 failed, 0 not measured",
        "tests                      status 1    10.0 s  the last line",
        "more                       did not run to its end",
        "tests: 4 tests, 1 failed, 2 skipped",
        "  failed  a::four",
        "  skipped 2 × needs a second user",
    ]


def test_labs_that_were_proven(tmp_path: Path) -> None:
    (tmp_path / "steps.txt").write_text("labs 1 0.0 9.0\n")
    labs = [{"lab": "good", "ok": True}, {"lab": "odd", "ok": False}]
    (tmp_path / "labs.out").write_text(json.dumps({"ok": False, "labs": labs, "skipped": {"far": ["netem", "vrf"]}}))
    told = list(report(tmp_path, ["labs"]))
    assert told[1].endswith("2 labs proven, bad: odd; far skipped for want of netem, vrf")


def test_nodes_that_were_converged(tmp_path: Path) -> None:
    (tmp_path / "steps.txt").write_text("converge 1 0.0 9.0\n")
    nodes = {"node1": {"ok": 1, "changed": 9, "failed": 0}, "node2": {"ok": 1, "changed": 8, "failed": 1}}
    (tmp_path / "converge.out").write_text(json.dumps({"changed": 17, "seconds": 8.2, "nodes": nodes}))
    assert list(report(tmp_path, ["converge"]))[1].endswith("2 nodes, 17 changes, failed: node2")


def test_a_lab_that_was_started_solved_and_submitted(tmp_path: Path) -> None:
    checks = [{"id": "one", "passed": True}, {"id": "two", "passed": False}, {"id": "three", "passed": None}]
    documents = {
        "start": {"lab": "desk", "seed": 1, "brief": "Nobody answers.", "seconds": 2.04},
        "solve": {"solution": "the-route", "lines": "ip route add …"},
        "submit": {"checks": checks, "restored": False},
    }
    (tmp_path / "steps.txt").write_text("".join(f"{name} 0 0.0 1.0\n" for name in documents))
    for name, document in documents.items():
        (tmp_path / f"{name}.out").write_text(json.dumps(document))
    told = [line.split("s  ", 2)[-1] for line in report(tmp_path, list(documents))][1:]
    assert told == [
        "lab desk, seed 1, started in 2.0 s",
        "by the-route",
        "1 of 3 checks passed, the lab is not restored",
    ]


def test_what_this_machine_refuses_is_run_and_every_test_is_accounted_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topologies, "refused_here", lambda: ["podnet-x"])
    monkeypatch.setattr(topologies, "labs_refused_here", lambda: ["lab-x", "shop-lossy"])
    plan = vm.plan()
    assert next(iter(plan)) == "doctor"
    assert plan["podnet-x"].endswith("run podnet-x --json")
    assert "verify lab-x shop-lossy shop-mirror " in plan["labs"]
    tests = {name: command for name, command in plan.items() if "pytest" in command}
    assert {"kernel", "plugins", "podnets", "subjects"} == set(tests)
    assert all(command.endswith(f"--junitxml=$OUT/{name}.xml") for name, command in tests.items())


def test_a_machine_that_never_came_up(tmp_path: Path) -> None:
    assert next(report(tmp_path, ["doctor"])) == "kernel    none"


@pytest.mark.parametrize("name", ["uname.txt", "uname.out"])
def test_the_kernel_is_the_guests_own_word(tmp_path: Path, name: str) -> None:
    """A step of Vagrant's prints it, among ssh's own lines and with a terminal's line ends."""
    (tmp_path / name).write_text(
        "Warning: added a host key\r\nLinux vethlab 6.1.0-56-cloud-amd64\r\nConnection closed.\r\n"
    )
    assert next(report(tmp_path, [])) == "kernel    Linux vethlab 6.1.0-56-cloud-amd64"


def test_a_vagrant_machine_lives_alone_and_then_with_nodes() -> None:
    assert vagrant.lives([]) == {0: vagrant.ONE, 3: vagrant.MANY}
    assert vagrant.lives(["--one"]) == {0: vagrant.ONE}
    assert vagrant.lives(["--nodes", "2"]) == {2: vagrant.MANY}
    for steps in (vagrant.ONE, vagrant.MANY):
        assert next(iter(steps)) == "uname", "the report begins with the kernel"
