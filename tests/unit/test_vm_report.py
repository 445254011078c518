"""The report of a virtual machine counts what ran and gives every skip its reason; what did not run is said."""

from __future__ import annotations

import json
from pathlib import Path

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
        "more                       did not run to its end: the machine's time was up",
        "tests: 4 tests, 1 failed, 2 skipped",
        "  failed  a::four",
        "  skipped 2 × needs a second user",
    ]


def test_a_machine_that_never_came_up(tmp_path: Path) -> None:
    assert next(report(tmp_path, ["doctor"])) == "kernel    none"
