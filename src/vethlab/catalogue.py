"""The catalogue: what an image name stands for (catalogue.yml)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Image", "catalogue"]

_FILE = Path(__file__).with_name("catalogue.yml")


@dataclass(frozen=True, slots=True)
class Image:
    """An entry: one of vethlab's own servers (`workload`), or a `program` of this machine started with `argv`.

    `package` is the Debian package that brings the program. `ports` maps `http`, `tcp`, `udp` to the ports served;
    an HTTP port is served over TCP. `local` are ports of one of our servers that listens on 127.0.0.1 alone.
    """

    name: str
    about: str
    workload: str | None = None
    program: str | None = None
    package: str | None = None
    argv: tuple[str, ...] = ()
    ports: dict[str, tuple[int, ...]] = field(default_factory=dict)
    local: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def listens(self) -> dict[str, tuple[int, ...]]:
        """Every port it listens on, whoever may reach it there."""
        return self.local or self.ports

    @property
    def bind(self) -> str:
        """The one address it listens on; empty for every one."""
        return "127.0.0.1" if self.local else ""

    def serves(self, protocol: str) -> tuple[int, ...]:
        """The ports that answer over `tcp`, `udp` or `http`, in ascending order."""
        own = self.ports.get(protocol, ())
        return tuple(sorted({*own, *self.ports.get("http", ())})) if protocol == "tcp" else own


@cache
def catalogue() -> dict[str, Image]:
    """Every image by its name. Callers share the dictionary and leave it as it is."""
    with _FILE.open(encoding="utf-8") as file:
        entries: dict[str, dict[str, Any]] = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {name: _image(name, entry) for name, entry in entries.items()}


def _image(name: str, entry: dict[str, Any]) -> Image:
    argv = tuple(str(word) for word in entry.pop("argv", ()))
    ports, local = (
        {protocol: tuple(numbers) for protocol, numbers in entry.pop(key, {}).items()} for key in ("ports", "local")
    )
    return Image(name=name, argv=argv, ports=ports, local=local, **entry)
