"""The published ports of the emulated engine's containers, each held open on its host as long as its container runs."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field

from .docker_inventory import bound_ports
from .spawner import Spawner, end
from .world import Sandbox, World

__all__ = ["HeldPorts"]


@dataclass
class HeldPorts:
    """`pids` maps every host to its first process. Holds for a container by a process of its host's."""

    spawner: Spawner
    pids: MutableMapping[str, int]
    _holders: dict[str, int] = field(default_factory=dict)

    def hold(self, world: World, sandboxes: Iterable[Sandbox]) -> None:
        """Those of some containers, as the world has them now. Raises LabError when somebody else has one."""
        asked = {}
        for each in sandboxes:
            self.release(each.name)
            if bound := bound_ports(world, each):
                asked[each.name] = {"job": "ports", "name": each.name, "pid": self.pids[each.node], "bound": bound}
        self._holders |= dict(zip(asked, self.spawner.ask(asked.values()), strict=True))

    def release(self, name: str) -> None:
        """Those of a container, if it has any."""
        if name in self._holders:
            with suppress(ProcessLookupError):
                end(self._holders.pop(name))

    def forget(self, *names: str) -> None:
        """The hosts of these containers, none meaning all, are gone, and so are all their processes."""
        for name in names or tuple(self._holders):
            self._holders.pop(name, None)
