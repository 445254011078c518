"""Pods as they are laid out: each with an interface, its addresses, and what it runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from .ipam import BlockPool
from .model import Address, Pod, Subnet
from .ordinals import mac_of, nth, with_prefix
from .world import Machine, Nic, PodPrefix, Sandbox

__all__ = ["PodAddresses", "pod"]

#: The first address of a prefix is the gateway's.
_FIRST = 2


class PodAddresses:
    """Which addresses pods have: out of `pools` where there are blocks, else the next of their host's prefixes.

    Nobody gets by chance what somebody of `pods` asks for.
    """

    def __init__(self, pods: Iterable[Pod], pools: Iterable[BlockPool]) -> None:
        self._reserved = {a for declared in pods for a in declared.addresses}
        self._assigned = [{a.owner: a.address for a in pool.allocations.values()} for pool in pools]
        self._last: dict[tuple[str, Subnet], int] = {}

    def of(self, name: str, declared: Pod, host: Machine) -> list[Address]:
        """One of each family of the network, in the order of the host's prefixes."""
        assert host.pods
        if self._assigned:
            return [addresses[name] for addresses in self._assigned]
        return [self._next(declared, subnet, host.name) for subnet in host.pods.subnets]

    def _next(self, declared: Pod, subnet: Subnet, node: str) -> Address:
        wanted = next((a for a in declared.addresses if a in subnet), None)
        if wanted is not None:
            return wanted
        number = self._last.get((node, subnet), _FIRST - 1) + 1
        while nth(subnet, number) in self._reserved:
            number += 1
        self._last[node, subnet] = number
        return nth(subnet, number)


def pod(name: str, declared: Pod, host: Machine, index: int, known: PodAddresses) -> Sandbox:
    """One pod on a host, the sandbox number `index` of its world."""
    assert host.pods, f"{host.name} has no part of the pod network"
    pods = host.pods
    veth = f"cali{index:011x}" if pods.wiring == "routed" else f"veth{index:08x}"
    given = known.of(name, declared, host)
    addresses = tuple(with_prefix(a, on_link) for a, on_link in zip(given, _on_link(pods), strict=True))
    nic = Nic(
        name="eth0",
        network="pods",
        mac=mac_of("0a:58", addresses, 0xFE000000 + index),
        addresses=addresses,
        gateways=pods.gateways,
        mtu=pods.mtu,
        bridge=pods.bridge.name if pods.bridge else veth,
        veth=veth,
        wiring=pods.wiring,
    )
    return Sandbox(
        name,
        "pod",
        host.name,
        index,
        declared.images[0],
        (nic,),
        declared.publish,
        containers=tuple((key, c.image) for key, c in declared.containers.items()),
        bandwidth=declared.bandwidth,
    )


def _on_link(pods: PodPrefix) -> tuple[Subnet, ...]:
    """For each of a host's prefixes the one that a pod has on its link: where it is routed to, its address alone."""
    if pods.bridge:
        return pods.bridge.subnets
    alone = {4: ipaddress.ip_network("0.0.0.0/32"), 6: ipaddress.ip_network("::/128")}
    return tuple(alone[s.version] for s in pods.subnets)
