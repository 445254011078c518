"""What the seed decides, and filling it in wherever a lab says `{{ variable }}`.

A variable whose value is the name of a place also stands for it: `{{ victim.address }}`, `{{ victim.veth }}`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..nearest import unknown
from ..world import Machine, Sandbox, World

__all__ = ["Scope", "UnknownVariable", "draw", "environment"]

_USE = re.compile(r"\{\{\s*([\w-]+)(?:\.(\w+))?\s*\}\}")
_NUMBER = re.compile(r"-?\d{1,18}")


class UnknownVariable(ValueError):
    """A text names a variable, or something of a place, that there is not."""


def draw(lab: str, seed: int, declared: Mapping[str, Sequence[str | int]]) -> dict[str, str]:
    """A value for each variable, the same for the same lab and seed.

    Variables with the same choices draw different ones, as long as there are enough.
    """
    chance = random.Random(f"{lab}/{seed}")
    drawn: dict[str, str] = {}
    for name, choices in declared.items():
        taken = {drawn[other] for other in drawn if tuple(declared[other]) == tuple(choices)}
        free = [c for c in map(str, choices) if c not in taken]
        drawn[name] = chance.choice(free or [str(c) for c in choices])
    return drawn


class Scope:
    """What `{{ … }}` may say: the variables, and, once there is a world, its places and what they have."""

    def __init__(self, variables: Mapping[str, str], world: World | None = None) -> None:
        self.variables = variables
        self.places: dict[str, dict[str, str]] = {}
        if world:
            self.places = {name: _of_machine(world, m) for name, m in world.machines.items()}
            self.places |= {name: _of_sandbox(s) for name, s in world.sandboxes.items()}

    def fill(self, text: str) -> str:
        """The text with every use replaced. Raises UnknownVariable."""
        return _USE.sub(lambda use: self._value(use[1], use[2]), text)

    def fill_all(self, value: Any) -> Any:
        """The same for every text in a document; a text that is one use alone becomes a number if it is one."""
        if isinstance(value, dict):
            return {key: self.fill_all(v) for key, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill_all(v) for v in value]
        if not isinstance(value, str):
            return value
        filled = self.fill(value)
        return int(filled) if _USE.fullmatch(value.strip()) and _NUMBER.fullmatch(filled) else filled

    def _value(self, name: str, attribute: str | None) -> str:
        if attribute is None:
            if name not in self.variables and name not in self.places:
                raise UnknownVariable(unknown("variable", name, self.variables))
            return self.variables.get(name, name)
        place = self.variables.get(name, name)
        if place not in self.places:
            raise UnknownVariable(unknown("place", place, self.places))
        if attribute not in self.places[place]:
            raise UnknownVariable(unknown(f"property of {place}", attribute, self.places[place]))
        return self.places[place][attribute]


def environment(scope: Scope) -> dict[str, str]:
    """The same for a script: `$victim`, `$victim_address`, and `$node1_address` for a place by its own name."""
    own = {_word(place): place for place in scope.places}
    names = own | {_word(name): value for name, value in scope.variables.items()}
    found = dict(names)
    for name, value in names.items():
        found |= {f"{name}_{key}": text for key, text in scope.places.get(value, {}).items()}
    return found


def _word(name: str) -> str:
    return name.replace("-", "_")


def _of_sandbox(sandbox: Sandbox) -> dict[str, str]:
    first = sandbox.addresses[0]
    return {
        "address": str(first.ip),
        "prefix": str(first.network.prefixlen),
        "subnet": str(first.network),
        "gateway": str(sandbox.gateways[0]),
        "mac": sandbox.mac,
        "mtu": str(sandbox.mtu),
        "node": sandbox.node,
        "bridge": sandbox.bridge,
        "veth": sandbox.veth,
        "interface": sandbox.interface,
    }


def _of_machine(world: World, machine: Machine) -> dict[str, str]:
    """`address`, `interface`, … are of the first port; `SWITCH_address` and `SWITCH_interface` of the port there."""
    first = machine.ports[0]
    found = {
        "address": str(machine.addresses[0]),
        "prefix": str(first.addresses[0].network.prefixlen),
        "subnet": str(first.addresses[0].network),
        "interface": first.name,
        "mac": first.mac,
    }
    for port in machine.ports:
        switch = _word(port.switch)
        found |= {f"{switch}_address": str(port.addresses[0].ip), f"{switch}_interface": port.name}
    if machine.gateways:
        found["gateway"] = str(machine.gateways[0])
    if machine.docker0:
        found |= {
            "containers": str(machine.docker0.subnets[0]),
            "docker0_address": str(machine.docker0.addresses[0].ip),
        }
    if machine.pods:
        found["pods"] = str(machine.pods.subnets[0])
        if bridge := machine.pods.bridge:
            found["cni0_address"] = str(bridge.addresses[0].ip)
        found |= {"pod_cidr": str(world.pod_cidrs[0])} if world.pod_cidrs else {}
        for vtep in machine.pods.vteps[:1]:
            found |= {"vtep": vtep.name, "vtep_mac": vtep.mac or "", "vtep_address": str(vtep.address)}
    return found
