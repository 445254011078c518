"""docs/topology.md names exactly the keys of the model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from vethlab.model import (
    Attachment,
    Bandwidth,
    Cni,
    Container,
    Dns,
    Docker,
    DockerNetwork,
    Expectation,
    Link,
    Node,
    Pod,
    PodContainer,
    PodNetwork,
    Publication,
    Switch,
    Topology,
    Workload,
)

MODELS = (
    Topology,
    Switch,
    Node,
    Link,
    Docker,
    DockerNetwork,
    PodNetwork,
    Cni,
    Dns,
    Workload,
    Pod,
    PodContainer,
    Bandwidth,
    Container,
    Attachment,
    Publication,
    Expectation,
)
PAGE = (Path(__file__).parents[2] / "docs/topology.md").read_text()


def section(name: str) -> str:
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, f"docs/topology.md has no section {name}"
    return found[1]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", section(model.__name__), re.M))
    assert list(rows) == list(fields)
    assert {key for key, text in rows.items() if text.startswith("required")} == {
        key for key, field in fields.items() if field.is_required()
    }


def test_every_model_has_its_section() -> None:
    assert re.findall(r"^## (\w+)", PAGE, re.M) == [model.__name__ for model in MODELS]
