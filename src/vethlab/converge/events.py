"""What a run of the playbooks came to, gathered from the runner's events."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import ConvergeError
from ..world import World

__all__ = ["Change", "Convergence", "Events", "NodeConvergence", "Progress"]

Status = Literal["ok", "changed", "skipped", "failed", "unreachable"]
#: What Ansible says of a task on a node, and what we call it.
_STATUS: dict[str, Status] = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """One task is done on one node."""

    node: str
    role: str
    task: str
    status: Status


@dataclass(frozen=True, slots=True)
class Change:
    """A task that changed something, or would have (check mode). `diff` is text: what goes (-) and what comes (+)."""

    role: str
    task: str
    diff: str = ""


@dataclass(slots=True)
class NodeConvergence:
    """How many tasks came to what on one node, and what changed there, in order."""

    ok: int = 0
    changed: int = 0
    skipped: int = 0
    failed: int = 0
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Convergence:
    """What a run of the playbooks did. `seconds` is wall-clock time, Ansible's start included."""

    nodes: dict[str, NodeConvergence]
    seconds: float = 0.0

    @property
    def changed(self) -> int:
        """Tasks that changed something, over all nodes."""
        return sum(n.changed for n in self.nodes.values())

    def to_json(self) -> dict[str, Any]:
        """`{"changed", "seconds", "nodes": {name: {counts, "changes": [{"role", "task", "diff"}]}}}`."""
        return {
            "changed": self.changed,
            "seconds": round(self.seconds, 3),
            "nodes": {
                name: {"ok": n.ok, "changed": n.changed, "skipped": n.skipped, "failed": n.failed}
                | {"changes": [{"role": c.role, "task": c.task, "diff": c.diff} for c in n.changes]}
                for name, n in self.nodes.items()
            },
        }


class Events:
    """Collects a run's events."""

    def __init__(self, world: World, on_progress: Callable[[Progress], None] | None) -> None:
        self.convergence = Convergence({name: NodeConvergence() for name in world.machines})
        self.failures: list[ConvergeError] = []
        self._on_progress = on_progress

    def event(self, event: dict[str, Any]) -> bool:
        """Take one event of the runner's. The answer False says that it need not be written to a file."""
        data = event.get("event_data", {})
        status = _STATUS.get(event.get("event", ""))
        if status and data.get("host") in self.convergence.nodes:
            self._finished(status, data)
        return False

    def _finished(self, status: Status, data: dict[str, Any]) -> None:
        result = data.get("res", {})
        if status == "ok" and result.get("changed"):
            status = "changed"
        if status == "failed" and data.get("ignore_errors"):
            status = "ok"
        done = Progress(data["host"], data.get("role", ""), data.get("task", ""), status)
        self._count(done, result)
        if status in ("failed", "unreachable"):
            self.failures.append(ConvergeError(_reason(result), node=done.node, role=done.role, task=done.task))
        if self._on_progress:
            self._on_progress(done)

    def _count(self, done: Progress, result: dict[str, Any]) -> None:
        node = self.convergence.nodes[done.node]
        match done.status:
            case "changed":
                node.changed += 1
                node.changes.append(Change(done.role, done.task, _diff(result)))
            case "ok":
                node.ok += 1
            case "skipped":
                node.skipped += 1
            case _:
                node.failed += 1


def _reason(result: dict[str, Any]) -> str:
    """Why a task failed, in the module's words; of a loop, the first item that failed."""
    items = [r for r in result.get("results", []) if r.get("failed")]
    if items:
        return _reason(items[0])
    message = str(result.get("msg") or result.get("module_stderr") or result.get("exception") or "no reason was given")
    return message.strip()


def _diff(result: dict[str, Any]) -> str:
    items = result.get("results") or [result]
    return "".join(_diff_text(d) for item in items for d in _several(item.get("diff")))


def _several(diff: Any) -> list[dict[str, Any]]:
    return [] if not diff else diff if isinstance(diff, list) else [diff]


def _diff_text(diff: dict[str, Any]) -> str:
    before, after = (str(diff.get(k) or "").splitlines(keepends=True) for k in ("before", "after"))
    names = (str(diff.get("before_header") or "before"), str(diff.get("after_header") or "after"))
    return "".join(difflib.unified_diff(before, after, *names, n=0))
