"""Selectors: the words of an expectation that stand for nodes and sandboxes."""

from __future__ import annotations

from collections.abc import Iterable

from .world import World

__all__ = ["GROUPS", "select"]

GROUPS = ("nodes", "routers", "outside", "containers", "pods", "all")
_ROLES = {"nodes": "host", "routers": "router", "outside": "outside"}


def select(world: World, selectors: Iterable[str]) -> tuple[str, ...]:
    """The names that `selectors` stand for: each once, in the order of the selectors. Unknown ones yield nothing."""
    return tuple(dict.fromkeys(name for selector in selectors for name in _one(world, selector)))


def _one(world: World, selector: str) -> list[str]:
    if selector in world.machines or selector in world.sandboxes:
        return [selector]
    group, _, node = selector.partition("@")
    machines = [m.name for m in world.machines.values() if group == "all" or m.role == _ROLES.get(group)]
    sandboxes = [s.name for s in world.sandboxes.values() if group in ("all", f"{s.kind}s")]
    if not node:
        return machines + sandboxes
    return [n for n in machines if n == node] + [n for n in sandboxes if world.sandboxes[n].node == node]
