"""Nodes: the emulated machines."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .base import Declared
from .link import Link

__all__ = ["Node", "Role"]

#: A `host` runs containers and pods, a `router` forwards, an `outside` machine is somewhere on the internet.
Role = Literal["host", "router", "outside"]


def _link(value: Any) -> Any:
    return {"switch": value} if isinstance(value, str) else value


class Node(Declared):
    """An emulated machine. With `count`, that many, named with a number behind (node1, node2, …).

    `ordinal` (hosts only) yields the address (.101 for 1), the pod prefix (10.244.1.0/24) and the MACs; without it
    hosts are numbered in the order of the file. `runs` names catalogue entries that run on the node itself.
    """

    role: Role = "host"
    links: tuple[Annotated[Link, BeforeValidator(_link, json_schema_input_type=str | Link)], ...] = Field(min_length=1)
    count: int | None = Field(default=None, ge=1, le=99)
    ordinal: int | None = Field(default=None, ge=1, le=99)
    runs: tuple[str, ...] = ()
