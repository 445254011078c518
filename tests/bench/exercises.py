"""What a break/fix lab costs: from start to brief, a check, a reset, and the proof of labs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

__all__ = ["attempt", "proof"]


def attempt(lab: str) -> dict[str, float]:
    """Seconds from start to brief, of a check of the healthy lab, and of a reset; each a whole command."""
    name = f"bench-{os.getpid()}"
    with tempfile.TemporaryDirectory() as state:
        found = {"start to brief": _timed(state, "start", lab, "--name", name, "--seed", "1")}
        try:
            found["reset"] = _timed(state, "reset", name)
            _timed(state, "solve", name)
            found["check, all passes"] = _timed(state, "check", name)
        finally:
            _timed(state, "stop", name)
    return found


def proof(labs: tuple[str, ...]) -> dict[str, Any]:
    """`lab verify --json` of some labs; none means all of them."""
    argv = [sys.executable, "-m", "vethlab", "lab", "verify", *labs, "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _timed(state: str, *words: str) -> float:
    began = time.perf_counter()
    argv = [sys.executable, "-m", "vethlab", "lab", *words]
    subprocess.run(argv, check=True, capture_output=True, env=os.environ | {"VETHLAB_STATE": state})
    return time.perf_counter() - began
