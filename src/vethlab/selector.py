"""Selectors: the words an expectation uses for endpoints.

A selector is a name (`pod1`), a group (`nodes`, `routers`, `outside`, `containers`, `pods`, `all`), or a group on one
node (`pods@node1`; `nodes@node1` is node1 itself). `nodes` are the hosts; `all` is everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .nearest import unknown
from .world import Machine, Sandbox, World

__all__ = ["GROUPS", "SelectorError", "place", "select"]

Endpoint = Machine | Sandbox

GROUPS: dict[str, Callable[[Endpoint], bool]] = {
    "nodes": lambda e: isinstance(e, Machine) and e.role == "host",
    "routers": lambda e: isinstance(e, Machine) and e.role == "router",
    "outside": lambda e: isinstance(e, Machine) and e.role == "outside",
    "containers": lambda e: isinstance(e, Sandbox) and e.kind == "container",
    "pods": lambda e: isinstance(e, Sandbox) and e.kind == "pod",
    "all": lambda e: True,
}


class SelectorError(ValueError):
    """A selector that names nothing; the message says which names are near."""


def place(endpoint: Endpoint) -> str:
    """The machine an endpoint is on: a sandbox's node, a machine itself."""
    return endpoint.node if isinstance(endpoint, Sandbox) else endpoint.name


def select(world: World, selectors: Iterable[str]) -> tuple[str, ...]:
    """The names selected, each once, in the order of the selectors and then of the world.

    Raises SelectorError for a name, group or node that is not there. A group without members selects nothing.
    """
    endpoints: dict[str, Endpoint] = {**world.machines, **world.sandboxes}
    return tuple(dict.fromkeys(name for word in selectors for name in _one(world, endpoints, word)))


def _one(world: World, endpoints: dict[str, Endpoint], word: str) -> Iterable[str]:
    group, at, node = word.partition("@")
    if not at and word in endpoints:
        return (word,)
    if group not in GROUPS:
        known = GROUPS if at else [*GROUPS, *endpoints]
        raise SelectorError(unknown("group" if at else "endpoint or group", group, known))
    if at and node not in world.machines:
        raise SelectorError(unknown("node", node, world.machines))
    return [n for n, e in endpoints.items() if GROUPS[group](e) and (not at or place(e) == node)]
