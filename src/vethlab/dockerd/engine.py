"""The engine of one node: what is on it, made through its API and looked up there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..catalogue import catalogue
from ..errors import LabError
from ..world import HostNetwork, Machine, Sandbox
from . import container, network
from .daemon import Daemon

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["Engine"]


@dataclass
class Engine:
    """A node's engine that answers. Every method raises LabError in the engine's own words."""

    machine: Machine
    daemon: Daemon
    api: APIClient

    @classmethod
    def of(cls, machine: Machine, daemon: Daemon) -> Engine:
        """Of a daemon that may still be starting. Raises LabError when it never answers."""
        return cls(machine, daemon, daemon.connect().api)

    def load(self, images: bytes) -> None:
        """Take in an archive of images."""
        with self._said("load images"):
            for line in self.api.load_image(images):  # type: ignore[no-untyped-call]
                if "error" in line:
                    raise LabError(f"the Docker engine of {self.machine.name} cannot load images: {line['error']}")

    def create_networks(self, *, shared: bool) -> None:
        """Those of this node, or those of the swarm it leads."""
        for each in network.created_by_hand(self.machine, shared=shared):
            with self._said(f"create network {each.name}"):
                network.create(self.api, each)

    def swarm_leader(self) -> tuple[str, str]:
        """Begin a swarm; (the token of those who join, where to)."""
        address = str(self.machine.addresses[0])
        with self._said("begin a swarm"):
            self.api.init_swarm(advertise_addr=address, listen_addr="0.0.0.0:2377")
            tokens = self.api.inspect_swarm()["JoinTokens"]
        return tokens["Worker"], f"{address}:2377"

    def join_swarm(self, token: str, leader: str) -> None:
        """Join as a worker, with what `swarm_leader` gave."""
        with self._said("join the swarm"):
            self.api.join_swarm([leader], token, advertise_addr=str(self.machine.addresses[0]))

    def run(self, sandboxes: Iterable[Sandbox]) -> None:
        """Start containers in their order."""
        for each in sandboxes:
            with self._said(f"run container {each.name}"):
                container.run(self.api, each, catalogue()[each.image])

    def inspect(self, name: str) -> dict[str, Any]:
        """What `docker inspect` shows of a container."""
        with self._said(f"inspect {name}"):
            found: dict[str, Any] = self.api.inspect_container(name)
        return found

    def as_it_is(self, machine: Machine) -> Machine:
        """The machine with the bridges the engine made, under the names it gave them."""
        return replace(machine, networks=tuple(self._network_as_it_is(n) for n in machine.networks))

    def _network_as_it_is(self, each: HostNetwork) -> HostNetwork:
        if each.bridge is None or each.driver != "bridge":
            return each
        with self._said(f"inspect network {each.name}"):
            found = self.api.inspect_network(each.name)
        given = (found.get("Options") or {}).get("com.docker.network.bridge.name")
        name = given or f"br-{found['Id'][:12]}"
        return replace(each, id=found["Id"], bridge=replace(each.bridge, name=name))

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        from docker.errors import DockerException

        try:
            yield
        except (DockerException, OSError) as error:
            words = getattr(error, "explanation", None) or error
            raise LabError(f"the Docker engine of {self.machine.name} cannot {what}: {words}") from None
