"""Selectors: the words an expectation uses for endpoints.

A selector is a name (`pod1`), a group (`nodes`, `routers`, `outside`, `containers`, `pods`, `all`), or a group on one
node (`pods@node1`; `nodes@node1` is node1 itself). `nodes` are the hosts; `all` is everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .nearest import unknown
from .world import World

__all__ = ["GROUPS", "Member", "SelectorError", "choose", "members", "select"]

#: Each group, and the kind its members have; None is every kind.
GROUPS: dict[str, str | None] = {
    "nodes": "host",
    "routers": "router",
    "outside": "outside",
    "containers": "container",
    "pods": "pod",
    "all": None,
}


class SelectorError(ValueError):
    """A selector that names nothing; the message says which names are near."""


class Member(NamedTuple):
    """What a selector can see of an endpoint: its kind (a role, `container`, `pod`), and the machine it is on."""

    kind: str
    node: str


def members(world: World) -> dict[str, Member]:
    """Every endpoint of a world: machines, then sandboxes, in the order of the file."""
    machines = {m.name: Member(m.role, m.name) for m in world.machines.values()}
    return machines | {s.name: Member(s.kind, s.node) for s in world.sandboxes.values()}


def select(world: World, selectors: Iterable[str]) -> tuple[str, ...]:
    """The names selected, each once, in the order of the selectors and then of the world.

    Raises SelectorError for a name, group or node that is not there. A group without members selects nothing.
    """
    everyone = members(world)
    return tuple(dict.fromkeys(name for word in selectors for name in choose(everyone, word)))


def choose(everyone: Mapping[str, Member], word: str) -> tuple[str, ...]:
    """The names one selector stands for, in the order of `everyone`. Raises SelectorError as `select` does."""
    group, at, node = word.partition("@")
    if not at and word in everyone:
        return (word,)
    if group not in GROUPS:
        known = GROUPS if at else [*GROUPS, *everyone]
        raise SelectorError(unknown("group" if at else "endpoint or group", group, known))
    machines = [name for name, member in everyone.items() if member.node == name]
    if at and node not in machines:
        raise SelectorError(unknown("node", node, machines))
    kind = GROUPS[group]
    return tuple(n for n, m in everyone.items() if kind in (None, m.kind) and (not at or m.node == node))
