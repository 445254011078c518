"""A cluster prefix, cut among its hosts.

by ordinal   10.244.0.0/16 gives 10.244.N.0/24, an IPv6 /48 gives /64s
in blocks    Calico's: a /26 (of IPv6 a /122), number N
by halves    Weave's ring: who joins gets half of the largest share that there is (10.32.0.0/12: then 10.40, 10.36)
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from ..model import PodNetwork, Subnet
from .kind import kind_of

__all__ = ["POD_PREFIX_LENGTH", "cut", "length_of", "pod_subnet", "shares"]

#: How long a host's part of a cluster CIDR is, by IP version.
POD_PREFIX_LENGTH = {4: 24, 6: 64}
#: Blocks of IPv6 have as many addresses as those of IPv4: /122 where those are /26.
_BITS = {4: 32, 6: 128}


def length_of(network: PodNetwork, version: int) -> int:
    """How long a host's prefix of that IP version is, where it goes by ordinal."""
    return _BITS[version] - 32 + network.block_size if kind_of(network).blocks else POD_PREFIX_LENGTH[version]


def cut(network: PodNetwork, cidr: Subnet, ordinal: int, everyone: Iterable[int]) -> Subnet:
    """The part of `cidr` that the host of that ordinal has among `everyone`'s. Raises ValueError: it is too small."""
    if kind_of(network).wiring == "flat":
        return shares(cidr, everyone)[ordinal]
    return pod_subnet(cidr, ordinal, length_of(network, cidr.version))


def pod_subnet(cidr: Subnet, ordinal: int, length: int | None = None) -> Subnet:
    """The prefix number `ordinal` of that length: by default a /24 of IPv4, a /64 of IPv6."""
    size = length or POD_PREFIX_LENGTH[cidr.version]
    return ipaddress.ip_network((cidr.network_address + (ordinal << (cidr.max_prefixlen - size)), size))


def shares(cidr: Subnet, ordinals: Iterable[int]) -> dict[int, Subnet]:
    """Who joins (in order) takes the upper half of the largest share, the first of those that are equally large."""
    found: dict[int, Subnet] = {}
    for ordinal in sorted(ordinals):
        giver = min(found, key=lambda o: found[o].prefixlen, default=None)
        if giver is None:
            found[ordinal] = cidr
        else:
            found[giver], found[ordinal] = found[giver].subnets()
    return found
