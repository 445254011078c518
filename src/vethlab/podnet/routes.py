"""Ways to the pods of other hosts: over a link, through routers, or by a tunnel.

host    a peer on one of its switches   by the peer's address there, if there is no tunnel or it is not needed
        any other peer                  by the tunnel; else through its own router, where that knows the way
router                                  by the peer's address, or through the next router
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..model import Address, PodNetwork, Subnet
from ..world import Machine, PodRoute
from .kind import kind_of

__all__ = ["pod_routes", "shared_link"]


def pod_routes(network: PodNetwork, machine: Machine, machines: Mapping[str, Machine]) -> tuple[PodRoute, ...]:
    """How `machine`, a host or a router, gets to every (other) host's pods; those it has no way to are left out."""
    if kind_of(network).wiring == "flat" or (machine.role != "host" and not routers_know(network)):
        return ()
    peers = (m for m in machines.values() if m.pods and m.name != machine.name)
    return tuple(route for peer in peers for route in _towards(network, machine, peer))


def routers_know(network: PodNetwork) -> bool:
    """Whether routers have ways to the pods: by hand (plain), or told by the hosts (BGP with the rack)."""
    return kind_of(network).statically or (network.type == "calico-bgp" and network.bgp == "rack")


def _towards(network: PodNetwork, machine: Machine, peer: Machine) -> Iterator[PodRoute]:
    assert peer.pods
    tunnels = {v.address.version: v for v in peer.pods.vteps}
    for prefix in peer.pods.announced:
        link = shared_link(machine, peer, prefix.version)
        if link and (network.direct_routing or not tunnels):
            yield PodRoute(prefix, link, peer.name)
        elif tunnels:
            there = tunnels[prefix.version]
            yield PodRoute(prefix, there.address, peer.name, there.name)
        elif routers_know(network) and (router := _next_router(machine, peer, prefix)):
            yield PodRoute(prefix, router, peer.name)


def shared_link(machine: Machine, peer: Machine, version: int) -> Address | None:
    """The address of `peer` on a switch that both are plugged into."""
    switches = {p.switch for p in machine.ports}
    there = (a.ip for p in peer.ports if p.switch in switches for a in p.addresses)
    return next((a for a in there if a.version == version), None)


def _next_router(machine: Machine, peer: Machine, prefix: Subnet) -> Address | None:
    if machine.role == "host":
        return next((g for g in machine.gateways if g.version == prefix.version), None)
    return next(_static(machine, (a for a in peer.addresses if a.version == prefix.version)), None)


def _static(router: Machine, addresses: Iterable[Address]) -> Iterator[Address]:
    for address in addresses:
        yield from (r.gateway for r in router.routes if address in r.destination)
