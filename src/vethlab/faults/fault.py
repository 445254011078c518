"""A fault: what is broken, where, and the commands that break it. Data; nothing here runs anything."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Command", "Fault", "shell"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command in a place: a node, a sandbox, or the `capsule` itself, where the switches are."""

    place: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """`name` is stable, `cause` the root cause in a few words, `requires` features this machine must have (`doctor`).

    `commands` are run in order and must all succeed. There is no way back but a new lab: an inverse command leaves
    neighbour entries, connections and learned routes behind.
    """

    name: str
    cause: str
    commands: tuple[Command, ...]
    requires: tuple[str, ...] = ()


def shell(place: str, *lines: str) -> Command:
    """Lines for sh(1), which stops at the first that fails."""
    return Command(place, ("sh", "-ec", "\n".join(lines)))
