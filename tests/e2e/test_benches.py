"""The benches run, as far as they are quick: what nobody runs is soon broken. What they measure nobody judges here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
_SANDBOXES = "from tests.bench import inside, wiring; print(inside.in_capsule(lambda: wiring.sandboxes(3)), 'ms')"


@pytest.mark.parametrize(
    ("argv", "unit"),
    [
        (["-m", "tests.bench", "--quick", "--only", "plugging"], "pods/s"),
        (["-m", "tests.bench", "--quick", "--only", "hosts"], "ms"),
        (["-m", "tests.bench", "--quick", "--only", "probes"], "probes/s"),
        (["-c", _SANDBOXES], "ms"),
    ],
    ids=["plugging", "hosts", "probes", "sandboxes"],
)
def test_it_is_measured(argv: list[str], unit: str) -> None:
    done = subprocess.run([sys.executable, *argv], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert unit in done.stdout
