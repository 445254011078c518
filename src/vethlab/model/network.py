"""Networks above the underlay: the pod network, name service."""

from __future__ import annotations

import ipaddress
from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from .base import Address, Declared, Subnet
from .link import Mtu

__all__ = ["Dns", "PodNetwork"]


class PodNetwork(Declared):
    """How pods of different hosts reach each other. A bare string is short for `type`.

    `cidrs` are cut into one prefix a host by its ordinal: 10.244.0.0/16 gives 10.244.N.0/24, an IPv6 /48 gives /64s.
    `mtu` None means the smallest underlay MTU less the encapsulation (RFC 7348: 50 bytes over IPv4).
    `vni` and `port` are those of the VXLAN device; flannel's are 1 and 8472.
    """

    type: Literal["flannel-vxlan"] = "flannel-vxlan"
    cidrs: tuple[Subnet, ...] = (ipaddress.ip_network("10.244.0.0/16"),)
    mtu: Mtu | None = None
    vni: int = Field(default=1, ge=1, lt=1 << 24)
    port: int = Field(default=8472, ge=1, le=65535)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema shows the short form too."""
        return {"anyOf": [{"const": "flannel-vxlan", "type": "string"}, handler(core)]}


class Dns(Declared):
    """Name service. Hosts answer for `domain` (nodes, containers, pods) and ask `recursive` for the rest.

    `authoritative` and `recursive` name outside nodes; `zones` maps a zone to its names (`@` is the zone itself) and
    their addresses. The recursive server asks the authoritative one.
    """

    domain: str = "lab.internal"
    authoritative: str | None = None
    recursive: str | None = None
    zones: dict[str, dict[str, tuple[Address, ...]]] = Field(default_factory=dict)
