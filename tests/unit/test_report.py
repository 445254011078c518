"""Reports: golden files of the renderings, and what each must say whatever the verdict."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as xml
from dataclasses import replace
from pathlib import Path

import pytest
from sample_worlds import ALONE, DUAL, TWO_HOSTS, topology, world

from vethlab.matrix import rows
from vethlab.outcome import NotMeasured, Outcome, PathMtu, Reached, Timeout
from vethlab.predict import Predictor
from vethlab.report import Style, document, findings, junit, render_topology, text
from vethlab.row import Hop, Observation, Probe, Row, Sighting
from vethlab.verdict import Verdict, judge

GOLDEN = Path(__file__).parent.parent / "golden" / "reports"
LAB = world(TWO_HOSTS)
ROWS = rows(topology(TWO_HOSTS), LAB)
PHASES = {"capsule": 0.12, "converge": 2.2, "check": 0.4}


def healthy() -> Verdict:
    return judge(ROWS, [Observation(r, r.expected, 0.001) for r in ROWS])


def without_tunnel() -> Verdict:
    """node1's flannel.1 is down, node2 measures a smaller MTU, and two probes were never made."""
    predictor = Predictor(LAB)
    return judge(ROWS, [_broken(predictor, r) for r in ROWS[:-2]])


def _broken(predictor: Predictor, row: Row) -> Observation:
    path = predictor.predict(row.source, row.probe).path
    names = [f"{h.node}:{h.interface}" for h in path]
    if row.probe.kind == "mtu" and "node2:flannel.1" in names:
        return Observation(row, PathMtu(1400), 0.2)
    if "node1:flannel.1" not in names or row.probe.kind == "dns":
        return Observation(row, row.expected, 0.001)
    dead = names.index("node1:flannel.1")
    trace = tuple(Sighting(h, i < dead) for i, h in enumerate(path))
    return Observation(row, Timeout(), 1.0, str(path[dead]), trace)


def compare(name: str, found: str, update: bool) -> None:
    file = GOLDEN / name
    if update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == found


@pytest.mark.parametrize(
    ("name", "broken", "style"),
    [
        ("healthy.txt", False, Style()),
        ("broken.txt", True, Style()),
        ("broken-ascii.txt", True, Style(unicode=False)),
        ("broken-narrow.txt", True, Style(width=50)),
        ("broken-colour.txt", True, Style(colour=True)),
    ],
)
def test_text(name: str, broken: bool, style: Style, golden_update: bool) -> None:
    compare(name, text(LAB, PHASES, without_tunnel() if broken else healthy(), style), golden_update)


@pytest.mark.parametrize("which", [TWO_HOSTS, DUAL, ALONE], ids=lambda d: d["name"])
def test_drawing(which: dict[str, object], golden_update: bool) -> None:
    compare(f"drawing-{which['name']}.txt", render_topology(world(which)), golden_update)


def test_json(golden_update: bool) -> None:
    found = document("two-hosts", PHASES, Verdict(without_tunnel().observations[:12]))
    compare("broken.json", json.dumps(found, indent=2, ensure_ascii=False) + "\n", golden_update)


def test_json_holds_what_programs_count_on() -> None:
    found = document("two-hosts", PHASES, without_tunnel())
    assert {"topology", "phases", "summary", "rows"} <= set(found)
    assert set(found["summary"]) == {"met", "failed", "not_measured", "total"}
    assert found["summary"]["total"] == len(found["rows"]) == len(ROWS)
    for row in found["rows"]:
        assert {"source", "target", "probe", "expected", "observed", "met"} <= set(row)
        assert row["met"] or "hop" in row


def test_junit() -> None:
    verdict = without_tunnel()
    suite = xml.fromstring(junit("two-hosts", verdict)).find("testsuite")
    assert suite is not None
    assert len(suite.findall("testcase")) == len(ROWS) == int(suite.get("tests", 0))
    assert len(suite.findall("testcase/failure")) == verdict.summary.failed == int(suite.get("failures", 0))
    assert len(suite.findall("testcase/error")) == verdict.summary.not_measured == int(suite.get("errors", 0))
    assert {c.get("classname") for c in suite} >= {"two-hosts.tcp", "two-hosts.mtu"}


def test_junit_stays_xml_whatever_a_server_answers() -> None:
    row = Row("a", "b", Probe("icmp", "192.0.2.1"), Reached())
    verdict = Verdict((Observation(row, Reached("\x00\x1b<&\ud800", "x")), Observation(row, NotMeasured("\x0b]]>"))))
    xml.fromstring(junit("a\x07b", verdict))


def test_rows_of_one_cause_are_one_finding() -> None:
    first = findings(without_tunnel().observations)[0]
    assert first.cause == "packets were never seen at node1:flannel.1"
    assert len(first.observations) > 10


def test_every_failure_is_in_exactly_one_finding() -> None:
    verdict = without_tunnel()
    found = [o for f in findings(verdict.observations) for o in f.observations]
    assert sorted(map(str, found)) == sorted(map(str, verdict.failures))


def test_a_broken_path_is_told_in_plain_words() -> None:
    shown = text(LAB, {}, without_tunnel())
    assert "the packet left node1:cni0 and was never seen at node1:flannel.1" in shown
    assert re.search(r"pod1:eth0 ✓ → node1:veth\w+ ✓ → node1:cni0 ✓ → node1:flannel.1 ✗\n", shown)


def test_a_lost_answer_is_told_apart_from_a_lost_question() -> None:
    path = Predictor(LAB).predict("pod1", Probe("tcp", "10.244.2.2", 7)).path
    row = Row("pod1", "pod3", Probe("tcp", "10.244.2.2", 7), Reached())
    turn = next(i for i, h in enumerate(path) if h.direction == "back")
    silent = Observation(row, Timeout(), trace=tuple(Sighting(h, i < turn) for i, h in enumerate(path)))
    later = replace(silent, trace=tuple(Sighting(h, i <= turn) for i, h in enumerate(path)))
    assert findings([silent])[0].cause == "the packet came to pod3:eth0 and no answer was ever seen at pod3:eth0"
    assert findings([later])[0].cause.startswith("the answer left pod3:eth0 and was never seen at node2:veth")


def test_an_interface_that_is_not_there_is_the_cause() -> None:
    path = Predictor(LAB).predict("pod1", Probe("tcp", "10.244.2.2", 7)).path
    row = Row("pod1", "pod3", Probe("tcp", "10.244.2.2", 7), Reached())
    lacking = path.index(Hop("node1", "cni0"))
    trace = tuple(Sighting(h, i < lacking, there=i != lacking) for i, h in enumerate(path))
    found = Observation(row, Timeout(), hop="node1:cni0", trace=trace)
    assert findings([found])[0].cause == "node1 has no cni0"
    assert Observation.from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("observed", "cause"),
    [
        (NotMeasured("the prober was killed"), "not measured: the prober was killed"),
        (Timeout(), "reached was expected and timeout observed"),
        (Reached("192.0.2.5"), "reached was expected and reached observed"),
    ],
)
def test_without_a_trace_what_came_is_the_cause(observed: Outcome, cause: str) -> None:
    row = Row("pod1", "pod3", Probe("icmp", "192.0.2.1"), Reached("192.0.2.9"))
    assert findings([Observation(row, observed)])[0].cause == cause


def test_mtu_failures_show_their_sum() -> None:
    shown = text(LAB, {}, without_tunnel())
    assert "flannel.1 1450 + 50 encapsulation = 1500 of 1500" in shown
    assert "1450 - 1400 = 50 bytes, one VXLAN encapsulation over IPv4" in shown


def test_colour_adds_nothing_but_colour() -> None:
    coloured = text(LAB, PHASES, without_tunnel(), Style(colour=True))
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == text(LAB, PHASES, without_tunnel())


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_picture_fits_its_width(width: int) -> None:
    shown = text(LAB, {}, healthy(), Style(width=width))
    picture = shown.split("\n\nrows met")[0].split("\n\n● answered")[0]
    assert max(map(len, picture.splitlines())) <= max(width, 50)


def test_ascii_is_ascii() -> None:
    assert text(LAB, PHASES, without_tunnel(), Style(unicode=False)).isascii()
    assert render_topology(LAB, Style(unicode=False)).isascii()


class _Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "colour"),
    [
        (_Terminal(), {}, True),
        (_Terminal(), {"NO_COLOR": ""}, True),
        (_Terminal(), {"NO_COLOR": "1"}, False),
        (_Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colour_only_where_it_is_wanted(stream: io.StringIO, environ: dict[str, str], colour: bool) -> None:
    assert Style.of(stream, environ).colour is colour


def test_a_verdict_without_rows_is_shown_as_no_success() -> None:
    assert "✗ two-hosts: 0 of 0 met" in text(LAB, {}, Verdict(()))
