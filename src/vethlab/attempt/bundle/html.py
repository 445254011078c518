"""The report as one HTML file that opens offline: nothing is loaded from anywhere.

Everything a candidate may have written is escaped; the recordings are data, drawn by report.js as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

__all__ = ["html"]

_HERE = Path(__file__).parent
_SHOWN = {
    "started": "the clock starts",
    "shell": "a terminal is opened",
    "shell-ended": "a terminal is closed",
    "checked": "a check",
    "hint": "a hint",
    "rca": "the cause is told",
    "reset": "the lab is reset",
    "paused": "the clock stops",
    "resumed": "the clock goes on",
    "solved": "a solution is played",
    "submitted": "it is submitted",
    "stopped": "the lab is ended",
    "command": "",
}


_PLAYER = (
    "<p><button class=play>play</button> "
    "<input type=range class=at min=0 max=1000 value=1000 aria-label=position> "
    "<select class=speed aria-label=speed><option value=1>1×<option value=4 selected>4×<option value=16>16×</select>"
    "<pre class=screen></pre>"
)


def html(document: dict[str, Any]) -> str:
    """The page."""
    style, script = ((_HERE / f"report.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    data = json.dumps([_for_script(t) for t in document["terminals"]]).replace("<", "\\u003c")
    body = "\n".join(_body(document))
    title = escape(f"{document['candidate'] or document['name']}: {document['title']}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'unsafe-inline'\">\n"
        f"<style>\n{style}</style></head>\n<body>\n{body}\n"
        f'<script type="application/json" id="terminals">{data}</script>\n<script>\n{script}</script>\n</body></html>\n'
    )


def _for_script(terminal: dict[str, Any]) -> dict[str, Any]:
    return {key: terminal[key] for key in ("width", "height", "frames")}


def _body(document: dict[str, Any]) -> Iterator[str]:
    yield from _head(document)
    yield from _rubric(document)
    yield from _checks(document)
    yield from _diagnosis(document)
    yield from _timeline(document)
    yield from _terminals(document)
    yield from _changes(document)
    if document["debrief"]:
        yield f"<section><h2>Debrief</h2><pre class=text>{escape(document['debrief'])}</pre></section>"


def _head(document: dict[str, Any]) -> Iterator[str]:
    who = document["candidate"] or "practice"
    yield f"<header><h1>{escape(document['title'])}</h1>"
    facts = [
        ("who", who),
        ("lab", f"{document['lab']}, seed {document['seed']}, content {document['content']}"),
        ("time", f"{_clock(document['elapsed'])} of {document['minutes']} minutes"),
        ("hints", f"{len(document['hints'])} ({document['hints_percent']} %)"),
        *((k.replace("_", " "), "–" if v is None else _clock(v)) for k, v in document["milestones"].items()),
    ]
    if document["content_changed"]:
        facts.append(("mind", "the lab's files have changed since"))
    yield _table(facts)
    yield f"<details><summary>The brief</summary><pre class=text>{escape(document['brief'])}</pre></details></header>"


def _rubric(document: dict[str, Any]) -> Iterator[str]:
    yield "<section><h2>Rubric</h2>"
    if not document["rubric"]:
        yield "<p>It was not submitted.</p></section>"
        return
    yield "<table class=rubric><tr><th>field<th>points<th>of<th>by"
    for field in document["rubric"]["fields"]:
        points, by = field["points"], "measured"
        if points is None:
            name = escape(field["name"])
            points = f'<input type=number min=0 max={field["most"]} aria-label="{name}" data-field="{name}">'
            by = f"you; {_evidence(field['name'])}"
        yield f"<tr><td>{escape(field['name'])}<td>{points}<td>{field['most']}<td>{by}"
    rubric = document["rubric"]
    base = rubric["automatic"]
    yield f"<tr class=sum><td>sum<td id=sum data-base={base}>{base}<td>{rubric['most']}<td>"
    yield "</table><p class=note>Points are no decision about anybody.</p></section>"


def _evidence(name: str) -> str:
    where = {"evidence": "diagnosis", "method": "timeline", "quality": "changes"}[name]
    return f'see the <a href="#{where}">{where}</a>'


def _checks(document: dict[str, Any]) -> Iterator[str]:
    yield "<section><h2>What the network does</h2><table>"
    for result in document["results"]:
        mark = "passed" if result["passed"] else "failed" if result["passed"] is False else "not measured"
        cells = (
            f'<b class="{mark.split()[0]}">{mark}</b>',
            escape(result["group"]),
            escape(result["id"]),
            escape(result["reason"]),
        )
        yield "<tr><td>" + "<td>".join(cells)
    yield "</table></section>"


def _diagnosis(document: dict[str, Any]) -> Iterator[str]:
    keys = ("component", "mechanism", "place", "evidence")
    yield "<section id=diagnosis><h2>Diagnosis</h2><table><tr><th><th>" + "<th>".join(keys)
    for whose, causes in (("told", document["tellings"] or [{}]), ("truth", document["truths"])):
        for cause in causes:
            yield f"<tr><td>{whose}<td>" + "<td>".join(escape(str(cause.get(key) or "–")) for key in keys)
    yield "</table></section>"


def _timeline(document: dict[str, Any]) -> Iterator[str]:
    yield "<section id=timeline><h2>Timeline</h2><ol class=timeline>"
    for event in document["timeline"]:
        if event["kind"] == "command":
            yield f"<li class=command><time>{_clock(event['at'])}</time> <code>{escape(event['line'])}</code>"
        else:
            words = escape(_SHOWN.get(event["kind"], event["kind"]))
            yield f"<li><time>{_clock(event['at'])}</time> <b>{words}</b> {escape(_said(event))}"
    yield "</ol></section>"


def _said(event: dict[str, Any]) -> str:
    match event["kind"]:
        case "checked":
            return f"{event['score']} %"
        case "hint":
            return f"{event['rung']}, {event['price']} %: {event['text']}"
        case "rca":
            return f"{event['component']}, {event['mechanism']}: {event['evidence']}"
        case "shell" | "shell-ended":
            return str(event["place"])
        case "solved":
            return str(event["solution"])
    return ""


def _terminals(document: dict[str, Any]) -> Iterator[str]:
    yield "<section><h2>Terminals</h2>"
    for number, terminal in enumerate(document["terminals"]):
        title = f"{escape(terminal['title'])}, from {_clock(terminal['offset'])}"
        yield f"<article class=terminal data-number={number}><h3>{title}</h3>{_PLAYER}</article>"
    yield "</section>" if document["terminals"] else "<p>None was opened.</p></section>"


def _changes(document: dict[str, Any]) -> Iterator[str]:
    yield "<section id=changes><h2>What was changed</h2>"
    for place, lines in document["changes"].items():
        shown = "\n".join(f'<span class="{_kind(line)}">{escape(line)}</span>' for line in lines)
        yield f"<h3>{escape(place)}</h3><pre class=diff>{shown}</pre>"
    yield "</section>" if document["changes"] else "<p>Nothing that stayed.</p></section>"


def _kind(line: str) -> str:
    return {"+": "came", "-": "went"}.get(line[:1], "heading")


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return "<table>" + "".join(f"<tr><th>{escape(k)}<td>{escape(v)}" for k, v in rows) + "</table>"


def _clock(seconds: float) -> str:
    sign, seconds = ("−", -seconds) if seconds <= -1 else ("", max(0, seconds))
    return f"{sign}{int(seconds) // 60}:{int(seconds) % 60:02d}"
