"""The report as data; what every other form of it is made from."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from ... import __version__
from ..attempt import Attempt
from ..cast import frames, typed_lines
from .secrets import redact, redact_frames

__all__ = ["document"]

#: What ends the prompt of a lab's shells (vethlab.place).
PROMPT = "# "


def document(attempt: Attempt) -> dict[str, Any]:
    """Facts, result, rubric, timeline, terminals, changes; texts without secrets.

    `truths` are all that is broken, `tellings` what was told of it, `truth` and `told` the first of each. There is no
    truth, and no debrief, as long as somebody may still say what it was.
    """
    events = attempt.record.events()
    began = next((e.at for e in events if e.kind == "started"), events[0].at if events else 0.0)
    terminals = [_terminal(path, began) for path in attempt.record.casts()]
    submitted = attempt.record.last("submitted")
    exercise = attempt.prepared.exercise
    truths = [cause.model_dump() for cause in exercise.causes] if attempt.revealed else []
    tellings = [{k: redact(v) for k, v in each.items() if v is not None} for each in attempt.told]
    facts = attempt.facts
    timeline = [{"at": round(e.at - began, 1), "kind": e.kind, **_shown(e.data)} for e in events]
    timeline += [{"at": c["at"], "kind": "command", **c} for t in terminals for c in t["commands"]]
    return {
        "version": __version__,
        "name": facts.name,
        "lab": facts.lab,
        "title": exercise.title,
        "seed": facts.seed,
        "content": facts.content,
        "content_changed": facts.content != attempt.prepared.source.content_hash,
        "mode": facts.mode,
        "candidate": facts.candidate,
        "minutes": facts.minutes,
        "began": began,
        "elapsed": round(attempt.record.elapsed(), 1),
        "brief": exercise.brief,
        "invariants": list(exercise.invariants),
        "truth": truths[0] if truths else None,
        "truths": truths,
        "told": tellings[0] if tellings else {},
        "tellings": tellings,
        "hints": [e.data for e in attempt.record.events("hint")],
        "hints_percent": attempt.hints_percent,
        "milestones": _milestones(timeline),
        "results": submitted.data["results"] if submitted else [],
        "rubric": submitted.data["rubric"] if submitted else None,
        # The last command of a terminal ends it.
        "timeline": sorted(timeline, key=lambda e: (e["at"], e["kind"] == "shell-ended")),
        "terminals": terminals,
        "changes": {place: list(map(redact, lines)) for place, lines in attempt.changes().items()},
        "debrief": attempt.prepared.source.debrief if attempt.revealed else "",
    }


def _shown(data: dict[str, Any]) -> dict[str, Any]:
    return {k: redact(v) if isinstance(v, str) else v for k, v in data.items() if k not in ("at", "kind")}


def _terminal(path: Any, began: float) -> dict[str, Any]:
    head, recorded = frames(path)
    shown = redact_frames(recorded)
    offset = float(head.get("began", began)) - began
    commands = [{"at": round(offset + at, 1), "line": line} for at, line in typed_lines(shown, PROMPT)]
    return {
        "file": path.name,
        "title": head.get("title", path.name),
        "width": head.get("width", 80),
        "height": head.get("height", 24),
        "offset": round(offset, 1),
        "frames": [[at, text] for at, text in shown],
        "commands": commands,
    }


def _milestones(timeline: list[dict[str, Any]]) -> dict[str, float | None]:
    """Seconds from the brief to the first command, check better than the one before, told cause, and submission."""
    scores = [e for e in timeline if e["kind"] == "checked"]
    better = next((b["at"] for a, b in pairwise(scores) if b["score"] > a["score"]), None)

    def first(kind: str) -> float | None:
        return min((e["at"] for e in timeline if e["kind"] == kind), default=None)

    return {
        "first_command": first("command"),
        "first_improvement": better,
        "cause_told": first("rca"),
        "submitted": first("submitted"),
    }
