"""docs/writing-labs.md names exactly the keys of a lab.yml."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from vethlab.model import Cause, Check, Exercise, Injection

PAGE = (Path(__file__).parents[2] / "docs/writing-labs.md").read_text()


@pytest.mark.parametrize("model", [Exercise, Injection, Check, Cause], ids=lambda m: m.__name__)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    section = re.search(rf"^## {model.__name__}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert section
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", section[1], re.M))
    assert list(rows) == list(fields)
    assert {key for key, text in rows.items() if text.startswith("required")} == {
        key for key, field in fields.items() if field.is_required()
    }
