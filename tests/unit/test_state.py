"""A lab's state as it is written down, and read by whoever looks from outside."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from vethlab import state
from vethlab.state import LabState, PlaceState


def test_what_another_version_wrote_beyond_is_left_out(tmp_path: Path) -> None:
    place = PlaceState("node1", "host", "node1", 7, ("10.0.0.1",), ("lan",), {})
    lab = LabState("demo", "one", "One", "up", {"node1": place}, {})
    written = asdict(lab) | {"colour": "red"}
    written["places"]["node1"]["blocks"] = ["10.0.0.0/26"]
    file = tmp_path / state.FILE.relative_to("/")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(written))
    assert state.read(tmp_path) == lab
