"""A range of host-local: which addresses it can give (containernetworking plugins, plugins/ipam/host-local)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Range"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Range:
    """`first` to `last` of `subnet`, both included, but for the `gateway`."""

    subnet: Subnet
    first: Address
    last: Address
    gateway: Address

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Range:
        """From `subnet`, `rangeStart`, `rangeEnd`, `gateway`; all but the first may be left out.

        Raises ValueError for what the plugin refuses: a subnet with host bits or without room, a range outside it.
        """
        subnet = ipaddress.ip_network(str(document["subnet"]))
        if subnet.num_addresses < 4:
            raise ValueError(f"{subnet} is too small: a gateway and one address need a /30, or a /126 of IPv6")
        usual = subnet.network_address + 1
        ends = 2 if subnet.version == 4 else 1
        first = _address(document.get("rangeStart"), usual)
        last = _address(document.get("rangeEnd"), subnet.network_address + subnet.num_addresses - ends)
        if first not in subnet or last not in subnet or int(first) > int(last):
            raise ValueError(f"{first} to {last} is no range in {subnet}")
        return cls(subnet, first, last, _address(document.get("gateway"), usual))

    @property
    def size(self) -> int:
        """How many addresses it can give."""
        return int(self.last) - int(self.first) + 1 - (int(self.first) <= int(self.gateway) <= int(self.last))


def _address(text: object, otherwise: Address) -> Address:
    return ipaddress.ip_address(str(text)) if text else otherwise
