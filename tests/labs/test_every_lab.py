"""Shipped labs are proven: here those that the Docker engines are part of, with their first seed.

`./vethlab test -e labs` takes all of them, with more seeds, and holds solutions for longer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vethlab.exercise import shipped_labs


def has_docker_commands(folder: Path) -> bool:
    scripts = [folder / "lab.yml", *folder.glob("solutions/*.sh"), *folder.glob("hacks/*.sh")]
    return any(
        "docker" in line.split("#")[0].split() or "docker: |" in line
        for s in scripts
        for line in s.read_text().splitlines()
    )


LABS = [name for name, folder in shipped_labs().items() if has_docker_commands(folder)]


@pytest.mark.parametrize("lab", LABS)
def test_lab_is_a_good_one(lab: str) -> None:
    argv = [sys.executable, "-m", "vethlab", "lab", "verify", lab, "--json", "--sustain", "0.2"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.stdout, done.stderr
    (document,) = json.loads(done.stdout)["labs"]
    assert {s["name"]: s["why"] for s in document["states"] if not s["ok"]} == {}
    assert done.returncode == 0
