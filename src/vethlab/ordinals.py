"""Addresses and MACs out of numbers: the arithmetic under `addressing`."""

from __future__ import annotations

import ipaddress

from .model import Address, Subnet
from .world import InterfaceAddress

__all__ = ["VXLAN_OVERHEAD", "mac_of", "nth", "with_prefix"]

#: Outer Ethernet, IP, UDP and VXLAN headers, by the IP version of the underlay (RFC 7348, section 5).
VXLAN_OVERHEAD = {4: 14 + 20 + 8 + 8, 6: 14 + 40 + 8 + 8}


def nth(subnet: Subnet, number: int) -> Address:
    """Address `number` of a subnet. Raises ValueError where it has none that a machine could have."""
    last = subnet.num_addresses - (2 if subnet.version == 4 and subnet.prefixlen < 31 else 1)
    if number > last:
        raise ValueError(f"{subnet} has no address number {number}: a shorter prefix is needed")
    return subnet.network_address + number


def with_prefix(address: Address, subnet: Subnet) -> InterfaceAddress:
    """The address as an interface of that subnet has it."""
    return ipaddress.ip_interface(f"{address}/{subnet.prefixlen}")


def mac_of(prefix: str, addresses: tuple[InterfaceAddress, ...], otherwise: int) -> str:
    """The prefix and the IPv4 address, as dockerd and the CNI bridge plugin did; without IPv4, that number."""
    v4 = next((a.ip.packed for a in addresses if a.version == 4), None)
    tail = v4 if v4 is not None else otherwise.to_bytes(4, "big")
    return ":".join([prefix, *(f"{b:02x}" for b in tail)])
