# SPDX-License-Identifier: Apache-2.0
"""Rulesets as text, and the difference between two of them. Nothing here runs a program.

A declared ruleset is what iptables-restore(8) reads, line by line:

    *filter                       the table that follows
    :FORWARD DROP                 the policy of a built-in chain
    :DOCKER -                     an own chain: its rules are exactly the -A lines that follow for it
    -N DOCKER-USER                somebody else's chain: made if it is missing, and never touched again
    -I FORWARD 1 -j DOCKER-USER   a rule at a position of a chain that is not ours
    -A FORWARD -j FLANNEL-FWD     a rule somewhere in a chain that is not ours, in this order among each other
    COMMIT                        may be left out

Rules are compared as text, so they are written as iptables-save(8) prints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

__all__ = ["Declared", "RulesetError", "Table", "commands", "parse_declared", "parse_saved", "settle"]


class RulesetError(ValueError):
    """A line of a declared ruleset that means nothing."""


@dataclass
class Table:
    """A table as the kernel has it: `policies` of its chains (`-` for user chains) and the rules of each."""

    policies: dict[str, str] = field(default_factory=dict)
    rules: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Declared:
    """A table as it should be. `own` chains are whole; `guest` chains must exist; the rest are rules among others'."""

    policies: dict[str, str] = field(default_factory=dict)
    own: dict[str, list[str]] = field(default_factory=dict)
    guest: list[str] = field(default_factory=list)
    placed: dict[str, dict[int, str]] = field(default_factory=dict)
    added: dict[str, list[str]] = field(default_factory=dict)


def parse_saved(text: str) -> dict[str, Table]:
    """The tables in what iptables-save printed."""
    tables: dict[str, Table] = {}
    table = Table()
    for line in text.splitlines():
        if line.startswith("*"):
            table = tables.setdefault(line[1:], Table())
        elif line.startswith(":"):
            chain, policy, *_ = line[1:].split()
            table.policies[chain] = policy
            table.rules.setdefault(chain, [])
        elif line.startswith("-A "):
            _, chain, *rule = line.split(" ", 2)
            table.rules.setdefault(chain, []).append(" ".join(rule))
    return tables


def parse_declared(text: str) -> dict[str, Declared]:
    """The tables of a declared ruleset. Raises RulesetError, naming the line."""
    tables: dict[str, Declared] = {}
    table: Declared | None = None
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line or line.startswith("#") or line == "COMMIT":
            continue
        if line.startswith("*"):
            table = tables.setdefault(line[1:], Declared())
            continue
        if table is None or not _declare(table, line):
            raise RulesetError(f"line {number} of the rules was not understood: {line!r}")
    return tables


def _declare(table: Declared, line: str) -> bool:
    if match := re.fullmatch(r":(\S+) (\S+)(?: \[\d+:\d+\])?", line):
        if match[2] == "-":
            table.own.setdefault(match[1], [])
        else:
            table.policies[match[1]] = match[2]
    elif match := re.fullmatch(r"-N (\S+)", line):
        table.guest.append(match[1])
    elif match := re.fullmatch(r"-I (\S+) (\d+) (.+)", line):
        table.placed.setdefault(match[1], {})[int(match[2])] = match[3]
    elif match := re.fullmatch(r"-A (\S+) (.+)", line):
        (table.own if match[1] in table.own else table.added).setdefault(match[1], []).append(match[2])
    else:
        return False
    return True


def settle(now: dict[str, Table], declared: dict[str, Declared], owns: Iterable[str] = ()) -> dict[str, Table]:
    """What the tables must become, for the chains that are declared or hold declared rules.

    `owns` are regular expressions: a rule in a chain that is not ours but matches one of them is ours, and goes unless
    it is declared. They are matched against `-A CHAIN rule`.
    """
    patterns = [re.compile(p) for p in owns]
    found: dict[str, Table] = {}
    for name, wanted in declared.items():
        current = now.get(name, Table())
        result = found[name] = Table()
        for chain, policy in wanted.policies.items():
            result.policies[chain] = policy
            result.rules[chain] = current.rules.get(chain, [])
        for chain in wanted.guest:
            result.policies[chain] = "-"
            result.rules[chain] = current.rules.get(chain, [])
        for chain, rules in wanted.own.items():
            result.policies[chain] = "-"
            result.rules[chain] = rules
        for chain in [*current.rules] if patterns else []:
            if chain not in wanted.own and chain not in wanted.guest:
                result.rules[chain] = _others(chain, current.rules[chain], wanted, patterns)
        for chain in {**wanted.placed, **wanted.added}:
            if chain not in wanted.own:
                there = result.rules.get(chain, current.rules.get(chain, []))
                result.rules[chain] = _among(there, wanted.placed.get(chain, {}), wanted.added.get(chain, []))
        for chain in result.rules:
            result.policies.setdefault(chain, current.policies.get(chain, "ACCEPT"))
    return found


def _others(chain: str, rules: list[str], wanted: Declared, patterns: list[re.Pattern[str]]) -> list[str]:
    """A chain's rules without those of ours that are declared no more."""
    declared = {*wanted.placed.get(chain, {}).values(), *wanted.added.get(chain, [])}
    return [r for r in rules if r in declared or not any(p.search(f"-A {chain} {r}") for p in patterns)]


def _among(rules: list[str], placed: dict[int, str], added: list[str]) -> list[str]:
    """Our rules among others': placed ones at their positions (from 1), added ones once, and in our order."""
    rest = [r for r in rules if r not in placed.values()]
    present = [r for r in rest if r in added]
    if present != [r for r in added if r in present]:
        rest = [r for r in rest if r not in added]
    for i, rule in enumerate(added):
        if rule not in rest:
            behind = rest.index(added[i - 1]) + 1 if i else _before_next(rest, added)
            rest.insert(behind, rule)
    for position, rule in sorted(placed.items()):
        rest.insert(position - 1, rule)
    return rest


def _before_next(rest: list[str], added: list[str]) -> int:
    return next((rest.index(r) for r in added if r in rest), len(rest))


def commands(now: dict[str, Table], wanted: dict[str, Table]) -> str:
    """What `iptables-restore --noflush` must read to get from `now` to `wanted`; empty when there is nothing to do."""
    lines: list[str] = []
    for name, table in wanted.items():
        body = list(_table_commands(now.get(name, Table()), table))
        if body:
            lines += [f"*{name}", *body, "COMMIT"]
    return "".join(f"{line}\n" for line in lines)


def _table_commands(now: Table, wanted: Table) -> Iterator[str]:
    # Chains come before rules, for a rule may jump to a chain that stands further down.
    for chain, policy in wanted.policies.items():
        if now.policies.get(chain) != policy and not (policy == "ACCEPT" and chain not in now.policies):
            yield f":{chain} {policy} [0:0]" if policy != "-" else f"-N {chain}"
    for chain, rules in wanted.rules.items():
        yield from _chain_commands(chain, now.rules.get(chain, []), rules)


def _chain_commands(chain: str, now: list[str], wanted: list[str]) -> Iterator[str]:
    """Deletions and insertions only, from the end, so that positions hold and counters of what stays are kept."""
    for tag, i1, i2, j1, j2 in reversed(SequenceMatcher(None, now, wanted, autojunk=False).get_opcodes()):
        if tag != "equal":
            yield from (f"-D {chain} {i1 + 1}" for _ in range(i1, i2))
            if i2 == len(now):
                yield from (f"-A {chain} {rule}" for rule in wanted[j1:j2])
            else:
                yield from (f"-I {chain} {i1 + 1} {rule}" for rule in reversed(wanted[j1:j2]))
