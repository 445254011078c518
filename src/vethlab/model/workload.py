"""Workloads: containers and pods, what they run, and what they publish."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .base import Address, Declared, Name
from .docker import Attachment

__all__ = ["Container", "Protocol", "Publication", "Workload", "parse_publication", "parse_publications"]

Protocol = Literal["tcp", "udp"]


class Publication(Declared):
    """`[address:][host_port:]port[/protocol]`, as in `docker run --publish` (docker-run(1)).

    Without `address` the port is published on every address of the host; without `host_port`, or with 0, on the lowest
    port from 32768 on that is free there.
    """

    host_port: int = Field(default=0, ge=0, le=65535)
    port: int = Field(ge=1, le=65535)
    protocol: Protocol = "tcp"
    address: Address | None = None

    def __str__(self) -> str:
        where = (
            "" if self.address is None else f"[{self.address}]:" if self.address.version == 6 else f"{self.address}:"
        )
        host = f"{self.host_port}:" if self.host_port else ":" if where else ""
        return f"{where}{host}{self.port}/{self.protocol}"


def parse_publication(value: Any) -> Any:
    """The parts of a publication written as one string; anything else is passed through unchanged.

    A range, 8000-8002:80-82, has the first of its ports here: `parse_publications` writes it out.
    """
    if not isinstance(value, str):
        return value
    found = _parts(value)
    return found[0] if found else value


def parse_publications(value: Any) -> Any:
    """A list of publications with every range written out as several."""
    if not isinstance(value, list | tuple):
        return value
    return [part for one in value for part in _several(one)]


def _several(value: Any) -> list[Any]:
    """What cannot be understood stays as it is, for the finding about it to have its place in the list."""
    try:
        return list(_parts(value)) if isinstance(value, str) else [value]
    except ValueError:
        return [value]


def _parts(text: str) -> list[dict[str, Any]]:
    body, slash, protocol = text.partition("/")
    front, _, inner = body.rpartition(":")
    address, _, outer = front.rpartition(":")
    try:
        ports = _span(inner)
        host_ports = _span(outer) if outer else [0] * len(ports)
    except ValueError:
        wanted = "a publication such as 8080:80 or 127.0.0.1:5353:53/udp"
        raise ValueError(f"{wanted} was expected, not {text!r}") from None
    if len(ports) != len(host_ports):
        raise ValueError(f"invalid ranges specified for container and host Ports: {inner} and {outer}")
    shared: dict[str, Any] = {"address": ipaddress.ip_address(address.strip("[]"))} if address else {}
    shared |= {"protocol": protocol} if slash else {}
    return [
        ({"host_port": h} if h or outer else {}) | {"port": p} | shared for h, p in zip(host_ports, ports, strict=True)
    ]


def _span(text: str) -> list[int]:
    """The ports of 80 or of 80-82. Raises ValueError."""
    first, dash, last = text.partition("-")
    low, high = int(first), int(last if dash else first)
    if high < low or high - low > 65535:
        raise ValueError(text)
    return list(range(low, high + 1))


_Published = Annotated[Publication, BeforeValidator(parse_publication, json_schema_input_type=str | Publication)]


class Workload(Declared):
    """A container or a pod. `node` says where; or `per_node`, so many on every host, numbered through.

    `image` is a catalogue entry. `addresses` without a value follow from the order on the node.
    `publish` leads a port of the host to it.
    """

    image: Name = "echo"
    node: str | None = None
    per_node: int | None = Field(default=None, ge=1, le=250)
    addresses: tuple[Address, ...] = ()
    publish: Annotated[tuple[_Published, ...], BeforeValidator(parse_publications)] = ()

    @property
    def images(self) -> tuple[str, ...]:
        """What it runs."""
        return (self.image,)


class Container(Workload):
    """A workload of the Docker engine. Without `networks` and `network_mode` it is on docker0.

    `network_mode` is `host`, `none` or `container:NAME`. `addresses` are those on docker0; on other networks an
    attachment has them. `dns`, `dns_search`, `add_host` (`name:address`, or `name:host-gateway`) and `hostname` are the
    options of `docker run`.
    """

    networks: tuple[Attachment, ...] = ()
    network_mode: str | None = None
    dns: tuple[Address, ...] = ()
    dns_search: tuple[str, ...] = ()
    add_host: tuple[str, ...] = ()
    hostname: Name | None = None

    @property
    def joins(self) -> str | None:
        """The container whose network it uses (`container:NAME`)."""
        mode = self.network_mode or ""
        return mode.removeprefix("container:") if mode.startswith("container:") else None
