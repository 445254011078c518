"""The addresses that the host-local plugin has given away on a node: one file each, named by the address.

    /var/lib/cni/networks/NETWORK/10.244.1.5        first line the container id, second the interface
    /var/lib/cni/networks/NETWORK/last_reserved_ip.0

A lease whose container has no attachment is a leak: nothing will ever free it but a GC or an operator.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..ipam.hostlocal import Range
from .cache import Entry
from .configuration import Network

__all__ = ["Lease", "Pool", "pools"]

_STORE = "var/lib/cni/networks"


@dataclass(frozen=True, slots=True)
class Lease:
    """An address, and the container and interface it was given to."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    container_id: str
    ifname: str


@dataclass(frozen=True, slots=True)
class Pool:
    """One range of one network of a node: how many addresses it can give, which are given, which are leaked."""

    network: str
    range: Range
    leases: tuple[Lease, ...]
    leaked: tuple[Lease, ...]

    @property
    def free(self) -> int:
        """How many addresses it can still give."""
        return self.range.size - len(self.leases)

    def to_json(self) -> dict[str, Any]:
        """`{"network", "subnet", "first", "last", "size", "used", "free", "leaked": [address, …]}`."""
        return {
            "network": self.network,
            "subnet": str(self.range.subnet),
            "first": str(self.range.first),
            "last": str(self.range.last),
            "size": self.range.size,
            "used": len(self.leases),
            "free": self.free,
            "leaked": [str(lease.address) for lease in self.leaked],
        }


def pools(root: Path, networks: Iterable[Network], attached: Iterable[Entry]) -> list[Pool]:
    """The pools of a node whose file system is `root`."""
    known = {(e.network.name, *e.key) for e in attached}
    return [_pool(root, network, found, known) for network in networks for found in _ranges(network)]


def _pool(root: Path, network: Network, found: Range, known: set[tuple[str, str, str]]) -> Pool:
    leases = tuple(lease for lease in _leases(root / _STORE / network.name) if lease.address in found.subnet)
    leaked = tuple(lease for lease in leases if (network.name, lease.container_id, lease.ifname) not in known)
    return Pool(network.name, found, leases, leaked)


def _ranges(network: Network) -> Iterator[Range]:
    """Of every plugin whose addresses come from host-local (host-local's README: `ranges`, or a range by itself)."""
    for plugin in network.plugins:
        ipam = plugin.document.get("ipam")
        if isinstance(ipam, Mapping) and ipam.get("type") == "host-local":
            several = [one for group in ipam.get("ranges") or () for one in group]
            for document in [*([ipam] if "subnet" in ipam else []), *several]:
                yield Range.parse(document)


def _leases(directory: Path) -> Iterator[Lease]:
    for file in sorted(directory.iterdir()) if directory.is_dir() else ():
        try:
            address = ipaddress.ip_address(file.name)
        except ValueError:
            continue  # lock, last_reserved_ip.N
        container_id, _, ifname = file.read_text().replace("\r", "").strip().partition("\n")
        yield Lease(address, container_id, ifname.strip() or "eth0")
