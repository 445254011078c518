"""JUnit XML: one testcase a row, grouped by the kind of probe."""

from __future__ import annotations

import re
import xml.etree.ElementTree as xml

from ..outcome import NotMeasured
from ..row import Observation
from ..verdict import Verdict
from .sentence import sentence

__all__ = ["junit"]

#: What XML 1.0 has no way to write (section 2.2).
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(topology: str, verdict: Verdict) -> str:
    """The whole document, as build servers read it: a row that failed is a failure, one not measured an error."""
    summary = verdict.summary
    suite = xml.Element(
        "testsuite",
        name=_clean(topology),
        tests=str(summary.total),
        failures=str(summary.failed),
        errors=str(summary.not_measured),
        time=_seconds(sum(o.seconds for o in verdict.observations)),
    )
    for observation in verdict.observations:
        suite.append(_case(topology, observation))
    suites = xml.Element("testsuites")
    suites.append(suite)
    xml.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(suites, encoding="unicode") + "\n"


def _case(topology: str, o: Observation) -> xml.Element:
    name = _clean(f"{o.row.source} → {o.row.target} {o.row.probe}")
    case = xml.Element(
        "testcase", classname=_clean(f"{topology}.{o.row.probe.kind}"), name=name, time=_seconds(o.seconds)
    )
    if not o.met:
        what = "error" if isinstance(o.observed, NotMeasured) else "failure"
        message = _clean(f"expected {o.row.expected}, observed {o.observed}")
        xml.SubElement(case, what, type=o.observed.word, message=message).text = _clean(sentence(o))
    return case


def _seconds(value: float) -> str:
    return f"{value:.3f}"


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("?", text)
