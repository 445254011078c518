"""The pod networks the suite runs on: what of each can be seen from outside."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

#: The bytes that remain of 1500 (or of what the topology says), with the sum that leads there.
MTUS = {
    "podnet-plain": 1500,
    "podnet-flannel-host-gw": 1500,
    "podnet-flannel-vxlan": 1430,  # 1500 - 14 Ethernet - 40 IPv6 - 8 UDP - 8 VXLAN
    "podnet-flannel-vxlan-direct": 1450,  # 1500 - 14 - 20 IPv4 - 8 - 8
    "podnet-flannel-udp": 1472,  # 1500 - 20 IPv4 - 8 UDP
    "podnet-flannel-ipip": 1480,  # 1500 - 20 IPv4
    "podnet-flannel-wireguard": 1420,  # 1500 - 40 IPv6, should it be that - 8 UDP - 32 WireGuard
    "podnet-calico-bgp": 1500,
    "podnet-calico-bgp-reflector": 1500,
    "podnet-calico-bgp-rack": 1500,
    "podnet-calico-vxlan": 1430,
    "podnet-calico-vxlan-crosssubnet": 1450,
    "podnet-calico-ipip": 1480,
    "podnet-weave": 1376,  # 1460 - 84
    "podnet-weave-sleeve": 1376,
    "podnet-geneve": 1400,  # 1500 - 100, of which Geneve and its option take 58
}


@dataclass(frozen=True)
class Network:
    """`near` and `far` are pods that `pod1` reaches: on its own host, and on another, by the tunnel if there is one."""

    topology: str
    far: str
    near: str = "pod2"

    @property
    def mtu(self) -> int:
        return MTUS[self.topology]

    @property
    def name(self) -> str:
        return self.topology.removeprefix("podnet-")


NETWORKS = tuple(Network(name, "pod5" if name.endswith(("direct", "crosssubnet", "rack")) else "pod3") for name in MTUS)
CASES = [pytest.param(n, id=n.name, marks=pytest.mark.xdist_group(n.topology)) for n in NETWORKS]
