"""One host's part of the pod network."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from ..model import Address, PodNetwork, Subnet
from ..ordinals import mac_of, nth, with_prefix
from ..world import Bridge, InterfaceAddress, PodPrefix, Port, Vtep
from .cut import cut
from .kind import Kind, kind_of

__all__ = ["pod_mtu", "pod_prefix"]

#: What pods that are routed to have for a gateway: the host answers for it on every one of their interfaces (Calico).
#: The IPv6 one is the link-local address that follows from the MAC ee:ee:ee:ee:ee:ee (RFC 4291, appendix A).
_ROUTED_GATEWAY = {4: ipaddress.ip_address("169.254.1.1"), 6: ipaddress.ip_address("fe80::ecee:eeff:feee:eeee")}


def pod_mtu(network: PodNetwork, underlay: int, version: int) -> int:
    """The MTU of pods in bytes: as declared, else what the smallest underlay MTU leaves of an outer IP `version`."""
    kind = kind_of(network)
    return network.mtu or min(underlay - kind.overhead.get(version, 0), kind.most)


def pod_prefix(
    network: PodNetwork, ordinal: int, index: int, own: tuple[Port, ...], everyone: Iterable[int], underlay: int
) -> PodPrefix:
    """The part of the host of that ordinal (and index among all nodes), whose ports are `own`.

    `everyone` are all hosts' ordinals, `underlay` the smallest MTU of their ports.
    """
    kind, ordinals = kind_of(network), tuple(everyone)
    subnets = tuple(cut(network, c, ordinal, ordinals) for c in network.cidrs)
    vteps = tuple(_vteps(network, kind, subnets, ordinal, own, underlay))
    mtu = min((v.mtu for v in vteps), default=pod_mtu(network, underlay, 4))
    if kind.wiring == "routed":
        return PodPrefix(kind.wiring, subnets, tuple(_ROUTED_GATEWAY[s.version] for s in subnets), mtu, vteps=vteps)
    addresses = tuple(_gateway(kind, s, c) for s, c in zip(subnets, network.cidrs, strict=True))
    bridge = Bridge(kind.bridge, mac_of("0a:58", addresses, 0xFF000000 + index), addresses, mtu)
    return PodPrefix(kind.wiring, subnets, tuple(a.ip for a in addresses), mtu, bridge, vteps)


def _gateway(kind: Kind, subnet: Subnet, cidr: Subnet) -> InterfaceAddress:
    """The bridge's address: on a flat network its prefix is the whole cluster's."""
    return with_prefix(nth(subnet, 1), cidr if kind.wiring == "flat" else subnet)


def _vteps(
    network: PodNetwork, kind: Kind, subnets: Iterable[Subnet], ordinal: int, own: tuple[Port, ...], underlay: int
) -> Iterator[Vtep]:
    if kind.encapsulation is None:
        return
    for subnet in subnets:
        version = subnet.version
        local = _underlay_address(own, version)
        frames = kind.encapsulation in ("vxlan", "geneve")
        yield Vtep(
            name=kind.device[version].format(vni=network.vni, port=network.port),
            mac=f"0e:00:00:00:{version:02x}:{ordinal:02x}" if frames else None,
            address=subnet.network_address if kind.wiring in ("bridge", "routed") else nth(subnet, 1),
            local=local,
            vni=network.vni + (ordinal - 1 if kind.wiring == "switch" else 0),
            port=network.port,
            mtu=pod_mtu(network, underlay, local.version),
            kind=kind.encapsulation,
            overhead=kind.overhead[local.version],
        )


def _underlay_address(own: tuple[Port, ...], version: int) -> Address:
    """The address a VTEP sends from: of the family of the pods where there is one, as flannel does."""
    addresses = [a.ip for p in own for a in p.addresses]
    return next((a for a in addresses if a.version == version), addresses[0])
