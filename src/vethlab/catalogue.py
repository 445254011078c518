"""The catalogue: what an image name stands for, read from catalogue.yml beside this file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml

__all__ = ["Image", "catalogue"]


@dataclass(frozen=True, slots=True)
class Image:
    """A program of this machine. Exactly one of `workload` (a server of our own) and `program` (in PATH) is given.

    `package` is the Debian package that brings `program`; `ports` maps tcp, udp and http to the ports served.
    """

    name: str
    about: str
    workload: str | None = None
    program: str | None = None
    package: str | None = None
    argv: tuple[str, ...] = ()
    ports: dict[str, tuple[int, ...]] = field(default_factory=dict)


@cache
def catalogue() -> dict[str, Image]:
    """Every image by its name, in the order of the file."""
    document = yaml.safe_load(files(__package__).joinpath("catalogue.yml").read_text(encoding="utf-8"))
    return {
        name: Image(
            name=name,
            about=entry["about"],
            workload=entry.get("workload"),
            program=entry.get("program"),
            package=entry.get("package"),
            argv=tuple(entry.get("argv", ())),
            ports={kind: tuple(ports) for kind, ports in entry.get("ports", {}).items()},
        )
        for name, entry in document.items()
    }
