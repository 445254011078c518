"""Workloads: containers and pods, what they run, and what they publish."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .base import Address, Declared, Name

__all__ = ["Protocol", "Publication", "Workload", "parse_publication"]

Protocol = Literal["tcp", "udp"]


class Publication(Declared):
    """`[address:]host_port:port[/protocol]`, as in `docker run --publish` (docker-run(1)).

    Without `address` the port is published on every address of the host.
    """

    host_port: int = Field(ge=1, le=65535)
    port: int = Field(ge=1, le=65535)
    protocol: Protocol = "tcp"
    address: Address | None = None

    def __str__(self) -> str:
        where = (
            "" if self.address is None else f"[{self.address}]:" if self.address.version == 6 else f"{self.address}:"
        )
        return f"{where}{self.host_port}:{self.port}/{self.protocol}"


def parse_publication(value: Any) -> Any:
    """The parts of a publication written as one string; anything else is passed through unchanged."""
    if not isinstance(value, str):
        return value
    body, _, protocol = value.partition("/")
    address, _, ports = body.rpartition(":")[0].rpartition(":")
    try:
        parts: dict[str, Any] = {"host_port": int(ports), "port": int(body.rpartition(":")[2])}
    except ValueError:
        raise ValueError(
            f"a publication such as 8080:80 or 127.0.0.1:5353:53/udp was expected, not {value!r}"
        ) from None
    if address:
        parts["address"] = ipaddress.ip_address(address.strip("[]"))
    return parts | ({"protocol": protocol} if protocol else {})


_Published = Annotated[Publication, BeforeValidator(parse_publication, json_schema_input_type=str | Publication)]


class Workload(Declared):
    """A container or a pod. `node` says where; or `per_node`, so many on every host, numbered through.

    `image` is a catalogue entry. `addresses` without a value follow from the order on the node.
    `publish` is for containers.
    """

    image: Name = "echo"
    node: str | None = None
    per_node: int | None = Field(default=None, ge=1, le=250)
    addresses: tuple[Address, ...] = ()
    publish: tuple[_Published, ...] = ()
