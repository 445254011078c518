"""Who listens where, and what a server says to the one who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..catalogue import Image, catalogue
from ..outcome import Http, Outcome, Reached, Refused
from ..world import World

__all__ = ["Served", "served", "speak"]

Speech = Literal["echo", "http", "silent"]


@dataclass(slots=True)
class Served:
    """The ports of one stack: (protocol, port) to what is spoken there, the image that speaks it, and whose it is."""

    ports: dict[tuple[str, int], tuple[Speech, str, str]] = field(default_factory=dict)

    def add(self, image: Image, owner: str) -> None:
        """The ports of an image, as those of `owner`. On a port that is served already the later one answers."""
        for kind, ports in image.ports.items():
            speech: Speech = "http" if kind == "http" else "echo" if image.workload == "echo" else "silent"
            for port in ports:
                self.ports[("udp" if kind == "udp" else "tcp", port)] = (speech, image.name, owner)

    def by(self, kind: Literal["tcp", "udp", "http"]) -> tuple[int, ...]:
        """The ports whose first use is this kind of probe; the ports of name service are not among them."""
        wanted = {"tcp": "tcp", "udp": "udp", "http": "tcp"}[kind]
        return tuple(
            port
            for (protocol, port), (speech, image, _) in self.ports.items()
            if protocol == wanted and (speech == "http") == (kind == "http") and image
        )


def served(world: World) -> dict[str, Served]:
    """What every machine and sandbox serves: its images' ports, and 53 where there is name service."""
    images = catalogue()
    found: dict[str, Served] = {}
    for name, runs in _runs(world).items():
        found[name] = Served()
        for image in runs:
            if image in images:
                found[name].add(images[image], name)
    for name in _name_servers(world):
        found[name].ports |= {("udp", 53): ("silent", "", ""), ("tcp", 53): ("silent", "", "")}
    return found


def _runs(world: World) -> dict[str, tuple[str, ...]]:
    return {m.name: m.runs for m in world.machines.values()} | {s.name: s.images for s in world.sandboxes.values()}


def _name_servers(world: World) -> list[str]:
    if world.dns is None:
        return []
    named = [n for n in (world.dns.authoritative, world.dns.recursive) if n in world.machines]
    return [h.name for h in world.hosts()] + [n for n in named if n]


def speak(served: Served, kind: str, port: int, seen: str | None, path: str) -> Outcome | str:
    """What a probe that arrived gets; a string says why there is no telling."""
    speech, image, name = served.ports.get(("udp" if kind == "udp" else "tcp", port), (None, "", ""))
    if speech is None:
        return Refused()
    if kind == "http":
        return _http(speech, image, name, seen, path)
    if speech == "echo":
        return Reached(seen, name)
    return Reached() if kind == "tcp" else f"what {image or 'a name server'} answers on UDP is not known"


def _http(speech: Speech, image: str, name: str, seen: str | None, path: str) -> Outcome | str:
    if speech != "http":
        return f"{image or 'a name server'} does not speak HTTP there"
    if image == "echo":
        return Http(200, seen, name)
    return Http(200) if path == "/" else f"whether {image} has {path} is not known"
