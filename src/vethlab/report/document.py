"""The JSON document of `run` and `check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..verdict import Verdict

__all__ = ["document"]


def document(topology: str, phases: Mapping[str, float], verdict: Verdict) -> dict[str, Any]:
    """`topology`, `ok`, `phases` (name → seconds), `summary` and `rows` (Observation.to_json), ready for json.dumps."""
    return {
        "topology": topology,
        "ok": verdict.ok,
        "phases": {name: round(seconds, 3) for name, seconds in phases.items()},
        "summary": verdict.summary.to_json(),
        "rows": [o.to_json() for o in verdict.observations],
    }
