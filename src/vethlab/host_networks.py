"""The networks of a host, worked out: Docker's, and its part of the pod network. What a world is made of (`world`)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # this travels to real machines, where nobody has pydantic (remote.bundle)
    from .model import Address, Driver, Subnet

__all__ = [
    "DEFAULT_NETWORK",
    "Bridge",
    "Encapsulation",
    "GatewayMode",
    "HostNetwork",
    "InterfaceAddress",
    "PodPrefix",
    "PodRoute",
    "Vtep",
    "Wiring",
]

InterfaceAddress = IPv4Interface | IPv6Interface
Encapsulation = Literal["vxlan", "udp", "ipip", "wireguard", "geneve", "sleeve"]
#: How pods hang on their host: on a `bridge` of its own prefix; `routed`, each by an interface of its own; on a bridge
#: that is one `flat` segment over all hosts; or on a virtual `switch` that routes between the hosts itself.
Wiring = Literal["bridge", "routed", "flat", "switch"]

#: How a bridge network's gateway treats its containers (com.docker.network.bridge.gateway_mode_ipv4 and _ipv6).
GatewayMode = Literal["nat", "nat-unprotected", "routed", "isolated"]

#: What `docker network ls` calls the network of docker0.
DEFAULT_NETWORK = "bridge"


@dataclass(frozen=True, slots=True)
class Bridge:
    """A Linux bridge on a host (docker0, cni0); its addresses are its ports' gateways."""

    name: str
    mac: str
    addresses: tuple[InterfaceAddress, ...]
    mtu: int

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        """The networks of its addresses, in their order."""
        return tuple(a.network for a in self.addresses)


@dataclass(frozen=True, slots=True)
class Vtep:
    """An end of a tunnel: `address` is its own, `local` the underlay's it sends from.

    `mac` is there where frames are carried (VXLAN, Geneve), `port` where UDP carries them. `mtu` is of what goes in,
    in bytes; `overhead` is what comes on top of it, up to and with the outer IP header.
    """

    name: str
    mac: str | None
    address: Address
    local: Address
    vni: int
    port: int
    mtu: int
    kind: Encapsulation = "vxlan"
    overhead: int = 50


@dataclass(frozen=True, slots=True)
class PodRoute:
    """Where the pods of host `peer` are found: behind `gateway`, by the tunnel `device` or (None) on a link."""

    prefix: Subnet
    gateway: Address
    peer: str
    device: str | None = None


@dataclass(frozen=True, slots=True)
class PodPrefix:
    """A host's part of the pod network.

    `subnets` number its pods, one prefix of each family at most; `gateways` are their default routes. `bridge` is what
    they are plugged into; None where each has an interface of its own on the host (`wiring` routed). `vteps` are one
    end of a tunnel for each family, where there is a tunnel. Of Calico's blocks a host may claim `more` than the first,
    and have single addresses `borrowed` of others' blocks, as prefixes that are as long as can be.
    """

    wiring: Wiring
    subnets: tuple[Subnet, ...]
    gateways: tuple[Address, ...]
    mtu: int
    bridge: Bridge | None = None
    vteps: tuple[Vtep, ...] = ()
    more: tuple[Subnet, ...] = ()
    borrowed: tuple[Subnet, ...] = ()

    @property
    def blocks(self) -> tuple[Subnet, ...]:
        """What is its own whole: nobody else has an address of it, unless it was borrowed."""
        return (*self.subnets, *self.more)

    @property
    def announced(self) -> tuple[Subnet, ...]:
        """What others find behind this host; a single address is longer than the block it was borrowed of, and wins."""
        return (*self.blocks, *self.borrowed)


@dataclass(frozen=True, slots=True)
class HostNetwork:
    """A Docker network as one host has it; docker0 is the one named `bridge`.

    `bridge` is the host's end: the gateway of a bridge network, the layer 2 of an overlay (then without an address),
    None for macvlan and ipvlan, whose ports are on `parent`. `gateways` are what containers are told, `ranges` where
    their addresses come from. `masquerade`, `icc`, `modes` (by IP version) and `binding` are the bridge driver's
    options. `vtep` is an overlay's tunnel; its `address` is the one of its underlay. `leads`: its gateway may be the
    default route of containers, until Docker 24 that of an internal network too, though nothing gets through.
    `from_mac`: an IPv6 address is the prefix and the MAC of the container, where there is room for it.
    """

    name: str
    driver: Driver
    id: str
    subnets: tuple[Subnet, ...]
    gateways: tuple[Address, ...]
    mtu: int
    bridge: Bridge | None = None
    ranges: tuple[Subnet, ...] = ()
    internal: bool = False
    leads: bool = True
    icc: bool = True
    masquerade: bool = True
    modes: tuple[GatewayMode, GatewayMode] = ("nat", "nat")
    binding: Address | None = None
    parent: str | None = None
    vtep: Vtep | None = None
    options: tuple[tuple[str, str], ...] = ()
    attachable: bool = True
    from_mac: bool = False

    def mode(self, version: int) -> GatewayMode:
        """How packets of that IP version get through its gateway."""
        return self.modes[0 if version == 4 else 1]

    @property
    def user_defined(self) -> bool:
        """Its containers have the embedded name server."""
        return self.name != DEFAULT_NETWORK
