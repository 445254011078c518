"""Every shipped lab is proven with its first seed; `tox -e labs` takes more seeds, and holds solutions for longer."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from vethlab.exercise import shipped_labs


@pytest.mark.parametrize("lab", shipped_labs())
def test_lab_is_a_good_one(lab: str) -> None:
    argv = [sys.executable, "-m", "vethlab", "lab", "verify", lab, "--json", "--sustain", "0.2"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.stdout, done.stderr
    (document,) = json.loads(done.stdout)["labs"]
    assert {s["name"]: s["why"] for s in document["states"] if not s["ok"]} == {}
    assert done.returncode == 0
