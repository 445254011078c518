"""The file in which a lab tells how it stands."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from vethlab import state
from vethlab.state import LabState, PlaceState

PLACE = PlaceState("node1", "host", "node1", 7, ("192.168.1.101",), ("lan",), {})


def _told(root: Path, **more: object) -> Path:
    file = root / state.FILE.relative_to("/")
    file.parent.mkdir(parents=True)
    document = asdict(LabState(name="demo", topology="pair", title="", state="up", places={"node1": PLACE}))
    document["places"]["node1"] |= more
    file.write_text(json.dumps(document | more))
    return root


def test_what_is_told_is_read(tmp_path: Path) -> None:
    read = state.read(_told(tmp_path))
    assert read is not None
    assert read.places == {"node1": replace(PLACE, pid=7)}


def test_a_lab_of_a_newer_version_says_more_than_is_known_here(tmp_path: Path) -> None:
    assert state.read(_told(tmp_path / "new", colour="blue")) == state.read(_told(tmp_path / "old"))
