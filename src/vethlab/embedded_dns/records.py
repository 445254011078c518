"""What the embedded name server knows: names on networks, as one container sees them."""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import wire

__all__ = ["Network", "View", "views"]


@dataclass(slots=True)
class Network:
    """The names on one network, lower-case, with their addresses; and the names of addresses."""

    name: str
    addresses: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, names: Iterable[str], addresses: Iterable[str]) -> None:
        """A container: its name first, then its aliases. An alias of several means all of them."""
        first = ""
        for name in names:
            first = first or name
            self.addresses.setdefault(name.lower(), []).extend(addresses)
        for address in addresses:
            self.names.setdefault(ipaddress.ip_address(address).reverse_pointer, f"{first}.{self.name}")


@dataclass(slots=True)
class View:
    """One container's: its namespace, the networks it is on in order, and whom it may ask about the rest.

    `upstream` None means the host's servers; `forwards` is false on internal networks alone.
    """

    container: str
    namespace: str
    networks: list[Network]
    upstream: list[str] | None = None
    forwards: bool = True

    def records(self, query: wire.Query) -> list[str] | None:
        """What is known about a question; None where the name is nobody's here, and others may be asked."""
        if query.kind == wire.PTR:
            found = next((n.names[query.name] for n in self.networks if query.name in n.names), None)
            return None if found is None else [found]
        addresses = self._addresses(query.name)
        if addresses is None or query.kind not in (wire.A, wire.AAAA, wire.MX):
            return None
        wanted = [a for a in addresses if (":" in a) == (query.kind == wire.AAAA)] if query.kind != wire.MX else []
        random.shuffle(wanted)
        return wanted

    def _addresses(self, name: str) -> list[str] | None:
        """By the name alone, or with its network's behind it: web, web.front."""
        for network in self.networks:
            for known in (name, name.removesuffix("." + network.name.lower())):
                if known in network.addresses:
                    return network.addresses[known]
        return None


def views(document: Mapping[str, Any]) -> list[View]:
    """The views in a configuration: `{"networks": {KEY: {"name", "members": [{"names", "addresses"}]}},
    "containers": [{"name", "namespace", "networks": [KEY], "upstream", "forwards"}]}`.
    """
    networks: dict[str, Network] = {}
    for key, told in document["networks"].items():
        networks[key] = Network(told["name"])
        for member in told["members"]:
            networks[key].add(member["names"], member["addresses"])
    return [
        View(c["name"], c["namespace"], [networks[n] for n in c["networks"]], c["upstream"], c["forwards"])
        for c in document["containers"]
    ]
