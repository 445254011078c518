"""What runs in places: images' programs, vethlab's own servers, a command, each with its output in the place's log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .catalogue import Image, catalogue
from .container_life import Lives
from .listening import wait_listening
from .spawner import Spawner
from .world import Sandbox, World

__all__ = ["Starter", "meant_to_run"]


def meant_to_run(world: World, sandboxes: Iterable[Sandbox]) -> Iterator[tuple[str, Image]]:
    """Each place, of some sandboxes and all machines, with an image that it is to run."""
    images = catalogue()
    for each in sandboxes:
        if not each.containers:
            yield each.name, images[each.image]
        for name, image in each.containers:
            yield f"{each.name}/{name}", images[image]
    for machine in world.machines.values():
        for image in machine.runs:
            yield machine.name, images[image]


@dataclass(frozen=True)
class Starter:
    """`pids` maps every place to its first process. With a `key` vethlab's own servers prove themselves by it."""

    spawner: Spawner
    pids: Mapping[str, int]
    lives: Lives
    key: str = ""

    def images(self, wanted: Iterable[tuple[str, Image]]) -> None:
        """Start what images stand for in places, and wait until they listen."""
        running = [(name, image) for name, image in wanted if image.workload != "pause"]
        self.spawner.ask(self._request(name, image) for name, image in running)
        for name, image in running:
            if image.program:
                wait_listening(name, self.pids[name], image.ports)

    def containers(self, those: Iterable[Sandbox]) -> None:
        """Start what each was told to run by whoever made it, and watch for its end, which is the container's.

        Its exit status will be in the file that vethlab.spawned.program names. Raises LabError.
        """
        asked = [(each, request) for each in those if (request := self._of_container(each))]
        for (each, _), pid in zip(asked, self.spawner.ask(request for _, request in asked), strict=True):
            self.lives.watch(each.name, pid)
        for each, _ in asked:
            image = catalogue()[each.image]
            if image.program and not self.lives.runs[each.name].argv:
                wait_listening(each.name, self.pids[each.name], image.ports)

    def _of_container(self, each: Sandbox) -> Mapping[str, object] | None:
        """None where nothing runs but the first process."""
        name, image, run = each.name, catalogue()[each.image], self.lives.runs[each.name]
        if run.argv:
            request = self._own_program(name, run.argv)
        elif image.workload == "pause":
            return None
        else:
            request = {**self._request(name, image), "identity": run.identity}
        return {**request, "kept": True, "environment": run.environment}

    def _own_program(self, name: str, argv: Sequence[str]) -> Mapping[str, object]:
        """A program of somebody's own, as in any container: without the rights to get out of it."""
        known = {"job": "program", "name": name, "pid": self.pids[name], "argv": list(argv)}
        return known | {"bound": True, "limited": bool(self.key)}

    def _request(self, name: str, image: Image) -> Mapping[str, object]:
        # The containers of a pod are known to others by the pod's name.
        named = {"job": "program", "name": name.split("/")[0], "log": name.replace("/", ".")}
        request = named | {"pid": self.pids[name], "key": self.key}
        if image.program:
            return request | {"argv": [image.program, *image.argv]}
        return request | {"ports": image.listens, "bind": image.bind}
