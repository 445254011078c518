"""Calico's blocks, given to hosts and pods: which block each host claims, and which addresses it borrows of others'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network

from ..ipam import BlockPool
from ..model import Address, PodNetwork, Subnet
from ..world import PodPrefix
from .cut import length_of, pod_subnet

__all__ = ["Wish", "assign", "with_blocks"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A pod on a host, and the addresses it asks for, if any."""

    pod: str
    host: str
    addresses: tuple[Address, ...] = ()


def assign(network: PodNetwork, hosts: Mapping[str, int], wishes: Iterable[Wish]) -> tuple[BlockPool, ...]:
    """A pool for each prefix of the network; `hosts` maps names to ordinals. Raises ValueError (Exhausted).

    Who asks for an address has it before the others get theirs, in their order.
    """
    ordered = sorted(wishes, key=lambda wish: not wish.addresses)
    return tuple(_filled(network, cidr, hosts, ordered) for cidr in network.cidrs)


def _filled(network: PodNetwork, cidr: Subnet, hosts: Mapping[str, int], wishes: Iterable[Wish]) -> BlockPool:
    length = length_of(network, cidr.version)
    pool = BlockPool(cidr, length, network.strict_affinity)
    for host, ordinal in hosts.items():
        # A host that joins claims its block by the first address in it, for its end of the tunnel.
        pool.allocate(host, f"tunnel of {host}", pod_subnet(cidr, ordinal, length).network_address)
    for wish in wishes:
        pool.allocate(wish.host, wish.pod, next((a for a in wish.addresses if a in cidr), None))
    return pool


def with_blocks(pods: PodPrefix, host: str, pools: Iterable[BlockPool]) -> PodPrefix:
    """A host's part of the network, with the blocks it claimed beyond the first and what it borrowed."""
    pools = tuple(pools)
    claimed = (block for pool in pools for block in pool.blocks_of(host))
    borrowed = (ip_network(address) for pool in pools for address in pool.borrowed_by(host))
    return replace(pods, more=tuple(b for b in claimed if b not in pods.subnets), borrowed=tuple(borrowed))
