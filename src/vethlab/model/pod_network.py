"""The pod network: how pods of different hosts reach each other, by the name of who does it that way."""

from __future__ import annotations

import ipaddress
from typing import Any, Literal, get_args

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from .base import Declared, Subnet
from .link import Mtu

__all__ = ["POD_NETWORK_TYPES", "PodNetwork", "PodNetworkType"]

PodNetworkType = Literal[
    "plain",
    "flannel-vxlan",
    "flannel-host-gw",
    "flannel-udp",
    "flannel-ipip",
    "flannel-wireguard",
    "calico-bgp",
    "calico-vxlan",
    "calico-ipip",
    "weave",
    "weave-sleeve",
    "geneve",
]
POD_NETWORK_TYPES: tuple[PodNetworkType, ...] = get_args(PodNetworkType)

#: What each project ships with: network identifier and UDP port. The rest have neither.
_VNI: dict[str, int] = {"flannel-vxlan": 1, "calico-vxlan": 4096, "weave": 1, "geneve": 1}
_PORT: dict[str, int] = {
    "flannel-vxlan": 8472,
    "flannel-udp": 8285,
    "flannel-wireguard": 51820,
    "calico-vxlan": 4789,
    "weave": 6784,
    "weave-sleeve": 6783,
    "geneve": 6081,
}
_WEAVE_CIDR = "10.32.0.0/12"


class PodNetwork(Declared):
    """How pods of different hosts reach each other. A bare string is short for `type`.

    `cidrs` are cut among the hosts by ordinal: 10.244.0.0/16 gives 10.244.N.0/24, an IPv6 /48 gives /64s; Calico's
    blocks are /26 and /122; Weave halves 10.32.0.0/12 until each host has its share.
    `mtu` None means the smallest underlay MTU less the encapsulation (RFC 7348: 50 bytes over IPv4).
    `vni` and `port` default to what the project ships with: 1 and 8472 are flannel's.
    `direct_routing`: hosts on one switch do without the tunnel (flannel: DirectRouting, Calico: CrossSubnet).
    `block_size` is the prefix length of Calico's IPv4 blocks; its IPv6 blocks have as many addresses. A host that has
    filled its block claims another, and borrows addresses of others' when none is left, unless `strict_affinity`.
    `bgp` says who speaks with whom: every host with every other, all with the first host (a route reflector), or each
    with the routers of its switch.
    """

    type: PodNetworkType = "flannel-vxlan"
    cidrs: tuple[Subnet, ...] = (ipaddress.ip_network("10.244.0.0/16"),)
    mtu: Mtu | None = None
    vni: int = Field(default=1, ge=1, lt=1 << 24)
    port: int = Field(default=8472, ge=1, le=65535)
    direct_routing: bool = False
    bgp: Literal["mesh", "reflector", "rack"] = "mesh"
    block_size: int = Field(default=26, ge=20, le=32)
    strict_affinity: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = {"type": value}
        return _usual(value) if isinstance(value, dict) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema shows the short form too."""
        return {"anyOf": [{"enum": list(POD_NETWORK_TYPES), "type": "string"}, handler(core)]}


def _usual(declared: dict[str, Any]) -> dict[str, Any]:
    """With what its type ships with, where the file does not say otherwise."""
    kind = str(declared.get("type", "flannel-vxlan"))
    usual: dict[str, Any] = {}
    if kind in _VNI:
        usual["vni"] = _VNI[kind]
    if kind in _PORT:
        usual["port"] = _PORT[kind]
    if kind.startswith("weave"):
        usual["cidrs"] = [_WEAVE_CIDR]
    return usual | declared
