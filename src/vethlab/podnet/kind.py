"""What each type of pod network is made of: one table, so that nothing else has to know their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..model import PodNetwork, PodNetworkType
from ..world import Encapsulation, Wiring

__all__ = ["KINDS", "Kind", "Masquerade", "kind_of"]

#: Which packets get the host's address on their way out:
#: `flannel`   what is not between pods, but for what comes to the host's own pods
#: `crossing`  what goes into the cluster's prefix or comes out of it
#: `leaving`   what comes out of it
Masquerade = Literal["flannel", "crossing", "leaving"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`overhead` is what the encapsulation adds to a packet, in bytes, by the IP version of the underlay; with `most`
    the MTU is never more than that. `device` names the tunnel by IP version, with the VNI put in. `lengths` are those
    of a host's prefix by IP version, also the versions it can; no lengths: the prefix is halved among the hosts.
    `statically`: routers get routes to the pods too, by hand.
    """

    wiring: Wiring
    masquerade: Masquerade
    encapsulation: Encapsulation | None = None
    overhead: Mapping[int, int] = field(default_factory=dict)
    device: Mapping[int, str] = field(default_factory=dict)
    versions: tuple[int, ...] = (4, 6)
    bridge: str = "cni0"
    blocks: bool = False
    most: int = 65535
    statically: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """What the kernel must have for it, by the names of `vethlab doctor`."""
        return _NEEDS.get(self.encapsulation or "", ())


#: Open vSwitch and the forwarder in user space both speak through TUN or TAP devices.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "vxlan": ("vxlan",),
    "udp": ("tun",),
    "sleeve": ("tun",),
    "geneve": ("tun",),
    "ipip": ("ipip",),
    "wireguard": ("wireguard",),
}

#: Outer Ethernet, IP, UDP and VXLAN headers (RFC 7348, section 5).
_VXLAN = {4: 14 + 20 + 8 + 8, 6: 14 + 40 + 8 + 8}
#: IPv4 and UDP; IPv4 alone (RFC 2003).
_UDP, _IPIP = {4: 20 + 8}, {4: 20}
#: WireGuard's header and tag are 32 bytes; with UDP, and IPv6 even over IPv4, as wg-quick(8) and flannel reckon.
_WIREGUARD = {4: 80, 6: 80}
#: Weave leaves 84 bytes for the dearest of its ways, and 40 more, since some clouds carry 1460.
_WEAVE, _WEAVE_MOST = {4: 84}, 1376
#: ovn-kubernetes leaves 100 bytes: Geneve with its option takes 58, over IPv6 78 (RFC 8926, section 3).
_GENEVE = {4: 100}

KINDS: Mapping[PodNetworkType, Kind] = {
    "plain": Kind("bridge", "leaving", statically=True),
    "flannel-vxlan": Kind("bridge", "flannel", "vxlan", _VXLAN, {4: "flannel.{vni}", 6: "flannel-v6.{vni}"}),
    "flannel-host-gw": Kind("bridge", "flannel"),
    "flannel-udp": Kind("bridge", "flannel", "udp", _UDP, {4: "flannel0"}, (4,)),
    "flannel-ipip": Kind("bridge", "flannel", "ipip", _IPIP, {4: "flannel.ipip"}, (4,)),
    "flannel-wireguard": Kind(
        "bridge", "flannel", "wireguard", _WIREGUARD, {4: "flannel-wg", 6: "flannel-wg-v6"}, versions=(4,)
    ),
    "calico-bgp": Kind("routed", "leaving", blocks=True),
    "calico-vxlan": Kind("routed", "leaving", "vxlan", _VXLAN, {4: "vxlan.calico", 6: "vxlan-v6.calico"}, blocks=True),
    "calico-ipip": Kind("routed", "leaving", "ipip", _IPIP, {4: "tunl0"}, (4,), blocks=True),
    "weave": Kind("flat", "crossing", "vxlan", _WEAVE, {4: "vxlan-{port}"}, (4,), bridge="weave", most=_WEAVE_MOST),
    "weave-sleeve": Kind("flat", "crossing", "sleeve", _WEAVE, {4: "sleeve0"}, (4,), bridge="weave", most=_WEAVE_MOST),
    "geneve": Kind("switch", "leaving", "geneve", _GENEVE, {4: "geneve0"}, (4,), bridge="br-int"),
}


def kind_of(network: PodNetwork) -> Kind:
    """What follows from the declared type alone."""
    return KINDS[network.type]
