"""A fault: what is broken, where, and the commands that break it. Data; nothing here runs anything."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Command", "Fault", "port_set", "rule_added", "rule_deleted", "shell"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command in a place: a node, a sandbox, or the `capsule` itself, where the switches are."""

    place: str
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """`name` is stable, `cause` the root cause in a few words, `requires` features this machine must have (`doctor`).

    `commands` are run in order and must all succeed. There is no way back but a new lab: an inverse command leaves
    neighbour entries, connections and learned routes behind. Those of `there` succeed while its artifact is there, and
    fail where it is not: a fault is looked for before its symptom is.
    """

    name: str
    cause: str
    commands: tuple[Command, ...]
    requires: tuple[str, ...] = ()
    there: tuple[Command, ...] = ()


def shell(place: str, *lines: str) -> Command:
    """Lines for sh(1), which stops at the first that fails."""
    return Command(place, ("sh", "-ec", "\n".join(lines)))


def port_set(place: str, port: str, flag: str) -> tuple[Command, Command]:
    """What sets a flag of a bridge's port (`hairpin off`), and what finds it set (bridge(8))."""
    seen = f"bridge -d link show dev {port} | grep -q '{flag}'"
    return shell(place, f"bridge link set dev {port} {flag}"), shell(place, seen)


def rule_added(place: str, rule: str, table: str = "filter") -> tuple[Command, Command]:
    """What puts a rule (`CHAIN MATCHES…`) first in its chain, and what finds it (iptables(8))."""
    return shell(place, f"iptables -t {table} -I {rule}"), shell(place, f"iptables -t {table} -C {rule}")


def rule_deleted(place: str, rule: str, table: str = "filter") -> tuple[Command, Command]:
    """What takes a rule out, and what finds it gone."""
    return shell(place, f"iptables -t {table} -D {rule}"), shell(place, f"! iptables -t {table} -C {rule} 2>/dev/null")
