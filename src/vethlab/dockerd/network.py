"""Networks of an engine, through its API: what `docker network create` would be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..world import DEFAULT_NETWORK, HostNetwork, Machine

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["create", "created_by_hand"]

_MTU = "com.docker.network.driver.mtu"
#: The overlay driver takes the option for the underlay's MTU, and leaves room for the encapsulation (RFC 7348).
_VXLAN_BYTES = 50
_VNI = "com.docker.network.driver.overlay.vxlanid_list"


def created_by_hand(machine: Machine, *, shared: bool) -> Iterator[HostNetwork]:
    """The networks to be created on a machine: all but docker0. `shared`: those of the swarm, or those of its own."""
    for network in machine.networks:
        if network.name != DEFAULT_NETWORK and (network.driver == "overlay") == shared:
            yield network


def create(api: APIClient, network: HostNetwork) -> str:
    """Create it; its id. Raises docker.errors.APIError in the engine's words."""
    from docker.types import IPAMConfig, IPAMPool

    pools = [
        IPAMPool(subnet=str(subnet), iprange=str(span) if span != subnet else None, gateway=str(gateway))
        for subnet, span, gateway in zip(network.subnets, network.ranges, network.gateways, strict=True)
    ]
    made = api.create_network(
        network.name,
        driver=network.driver,
        options=_options(network),
        ipam=IPAMConfig(pool_configs=pools),
        internal=network.internal,
        enable_ipv6=any(s.version == 6 for s in network.subnets),
        attachable=network.attachable if network.driver == "overlay" else None,
    )
    return str(made["Id"])


def _options(network: HostNetwork) -> dict[str, Any]:
    options = dict(network.options)
    if network.mtu != 1500:
        options.setdefault(_MTU, str(network.mtu))
    if network.driver == "overlay" and network.vtep:
        options |= {_MTU: str(network.mtu + _VXLAN_BYTES), _VNI: str(network.vtep.vni)}
    if network.parent:
        options["parent"] = network.parent
    return options
