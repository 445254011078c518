"""The documents that docs/json.md shows have the shape of real ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vethlab.outcome import Refused, Timeout
from vethlab.row import Probe, Row
from vethlab.running import RunningLab

PAGE = (Path(__file__).parents[2] / "docs/json.md").read_text()
#: Mappings whose keys are names, not fields.
BY_NAME = {"phases", "interfaces", "nodes", "solutions", "hacks"}

pytestmark = pytest.mark.topology("two-node-pods")


def example(heading: str) -> Any:
    found = re.search(rf"^## {heading}\n.*?```json\n(.*?)```", PAGE, re.M | re.S)
    assert found
    return json.loads(found[1])


def examples(heading: str) -> list[Any]:
    """Every document below a heading."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## )", PAGE, re.M | re.S)
    assert found
    return [json.loads(text) for text in re.findall(r"```json\n(.*?)```", found[1], re.S)]


def shape(value: Any, name: str = "") -> Any:
    """Keys and types; of a list, and of a mapping by names, the first value only."""
    if isinstance(value, dict):
        if name in BY_NAME:
            return {"NAME": shape(next(iter(value.values())))}
        return {key: shape(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def ask(*argv: str) -> Any:
    done = subprocess.run([sys.executable, "-m", "vethlab", *argv], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def row(document: Any) -> Any:
    """The document with only the row the page shows."""
    chosen = [r for r in document["rows"] if (r["source"], r["probe"]) == ("pod1", "tcp 10.244.2.3:7")]
    return document | {"rows": chosen}


def test_check(lab: RunningLab) -> None:
    assert shape(row(ask("check", lab.name, "--json"))) == shape(example("run and check"))


def test_what_a_failed_row_has_more(lab: RunningLab) -> None:
    _, more = examples("run and check")
    found = lab.trace(Row("pod1", "pod2", Probe("tcp", "10.244.2.3", 7), Refused()), Timeout()).to_json()
    assert shape(found | {"hop": "node1:eth0"}) == shape(found | more)


def test_ls(lab: RunningLab) -> None:
    ours = [each for each in ask("ls", "--json") if each["name"] == lab.name]
    assert shape(ours) == shape(example("ls"))


def test_inspect(lab: RunningLab) -> None:
    (node,) = example("inspect")["nodes"]
    without = example("inspect") | {"nodes": [node | {"cni": None, "blocks": None}]}
    assert shape(ask("inspect", lab.name, "--json")) == shape(without)


def test_probe(lab: RunningLab) -> None:
    assert shape(ask("probe", lab.name, "pod1", "pod2", "--tcp", "7", "--json")) == shape(example("probe"))


def test_converge(lab: RunningLab) -> None:
    assert shape(ask("converge", lab.name, "--json")) == shape(example("converge"))


def test_labs() -> None:
    listed, checked, verified = examples("lab")
    assert shape([lab for lab in ask("lab", "list", "--json") if lab["skills"]]) == shape(listed)
    found = ask("lab", "verify", "till-no-exit", "--sustain", "0.1", "--json")
    for lab in found["labs"]:
        lab["states"] = lab["states"][:1]
    assert shape(found) == shape(verified)
    assert set(checked) == {"checks", "score", "later"}


def test_a_shape_can_differ() -> None:
    assert shape({"a": [1, 2], "phases": {"x": 1.0}}) == shape({"a": [3], "phases": {"y": 2.0}})
    assert shape({"a": 1}) != shape({"a": "1"}) != shape({"b": "1"})
