"""What the virtual machine left behind, as a report: which kernel, what ran, what was skipped and why."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Step", "report", "steps"]


@dataclass(frozen=True)
class Step:
    """`seconds` of the guest's clock."""

    name: str
    status: int
    seconds: float


def steps(out: Path) -> list[Step]:
    """The steps that came to an end, in order."""
    file = out / "steps.txt"
    words = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return [Step(name, int(status), float(end) - float(start)) for name, status, start, end in words]


def report(out: Path, wanted: list[str]) -> Iterator[str]:
    """Lines for a person. `wanted` are the steps that should have run; one that did not is told as such."""
    yield f"kernel    {_kernel(out)}"
    done = {step.name: step for step in steps(out)}
    for name in wanted:
        step = done.get(name)
        if step is None:
            yield f"{name:<26} did not run to its end"
        else:
            yield f"{name:<26} status {step.status}  {step.seconds:6.1f} s  {_measured(out, name)}"
    yield from _tests(out)


def _kernel(out: Path) -> str:
    """uname(1) as the guest wrote it down, or as a step of that name printed it beside what ssh has to say."""
    for file in (out / "uname.txt", out / "uname.out"):
        lines = file.read_text(errors="replace").splitlines() if file.exists() else []
        if found := [line.strip() for line in lines if line.startswith("Linux ")]:
            return found[0]
    return "none"


def _measured(out: Path, name: str) -> str:
    text = (out / f"{name}.out").read_text(errors="replace")
    try:
        document = json.loads(text)
    except ValueError:
        return (text.strip().splitlines() or [""])[-1]
    said = (say(document) for key, say in _SAID.items() if key in document)
    return next(said, str(document)[:160])


def _features(document: Any) -> str:
    lacking = [f["name"] for f in document["features"] if not f["works"]]
    return f"{len(document['features'])} features tried, missing: {', '.join(lacking) or 'none'}"


def _rows(document: Any) -> str:
    counts = document["summary"]
    rest = f"{counts['failed']} failed, {counts['not_measured']} not measured"
    return f"{counts['total']} rows: {counts['met']} met, {rest}"


def _labs(document: Any) -> str:
    bad = [lab["lab"] for lab in document["labs"] if not lab["ok"]]
    skipped = [f"{lab} skipped for want of {', '.join(why)}" for lab, why in document["skipped"].items()]
    return "; ".join([f"{len(document['labs'])} labs proven, bad: {', '.join(bad) or 'none'}", *skipped])


def _converged(document: Any) -> str:
    failed = [name for name, node in document["nodes"].items() if node["failed"]]
    return f"{len(document['nodes'])} nodes, {document['changed']} changes, failed: {', '.join(failed) or 'none'}"


def _started(document: Any) -> str:
    return f"lab {document['lab']}, seed {document['seed']}, started in {document['seconds']:.1f} s"


def _submitted(document: Any) -> str:
    passed = sum(check["passed"] is True for check in document["checks"])
    restored = "restored" if document["restored"] else "not restored"
    return f"{passed} of {len(document['checks'])} checks passed, the lab is {restored}"


#: How each kind of `--json` document is told, by a key that only that kind has (docs/json.md).
_SAID: dict[str, Callable[[Any], str]] = {
    "features": _features,
    "summary": _rows,
    "labs": _labs,
    "changed": _converged,
    "brief": _started,
    "checks": _submitted,
    "solution": lambda document: f"by {document['solution']}",
}


def _tests(out: Path) -> Iterator[str]:
    for file in sorted(out.glob("*.xml")):
        cases = list(xml.parse(file).getroot().iter("testcase"))
        skips = Counter(s.get("message") or "" for c in cases for s in c.iter("skipped"))
        failed = [f"{c.get('classname')}::{c.get('name')}" for c in cases if c.find("failure") is not None]
        failed += [f"{c.get('classname')}::{c.get('name')}" for c in cases if c.find("error") is not None]
        yield f"{file.stem}: {len(cases)} tests, {len(failed)} failed, {skips.total()} skipped"
        yield from (f"  failed  {name}" for name in failed)
        yield from (f"  skipped {count} × {why}" for why, count in skips.items())
