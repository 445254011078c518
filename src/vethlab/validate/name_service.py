"""Name service: two different servers, and zones somebody answers for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..finding import Finding
from ..model import Dns, Topology

__all__ = ["check", "is_domain"]

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)


def is_domain(name: str) -> bool:
    """A host or zone name in text form, without the final dot (RFC 1035, section 2.3.1, and underscores)."""
    return len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def check(topology: Topology) -> Iterator[Finding]:
    """Nothing where the topology has no name service."""
    if topology.dns is not None:
        yield from _servers(topology.dns)
        yield from _zones(topology.dns)


def _servers(dns: Dns) -> Iterator[Finding]:
    if dns.recursive is not None and dns.recursive == dns.authoritative:
        message = f"{dns.recursive!r} is the authoritative server already: two servers cannot share port 53"
        yield Finding(("dns", "recursive"), message)
    if dns.zones and dns.authoritative is None:
        yield Finding(("dns", "zones"), "zones need an `authoritative` server that answers for them", at_key=True)
    if not is_domain(dns.domain):
        yield Finding(("dns", "domain"), f"a domain such as lab.internal was expected, not {dns.domain!r}")


def _zones(dns: Dns) -> Iterator[Finding]:
    for zone, names in dns.zones.items():
        if not is_domain(zone):
            yield Finding(("dns", "zones", zone), f"a zone such as example.com was expected, not {zone!r}", at_key=True)
        if _within(zone, dns.domain) or _within(dns.domain, zone):
            message = f"zone {zone!r} and the domain {dns.domain!r} of the hosts lie within one another"
            yield Finding(("dns", "zones", zone), message, at_key=True)
        for name, addresses in names.items():
            if name != "@" and not is_domain(name):
                message = f"a name such as www, or @ for the zone itself, was expected, not {name!r}"
                yield Finding(("dns", "zones", zone, name), message, at_key=True)
            if not addresses:
                yield Finding(("dns", "zones", zone, name), f"{name!r} needs at least one address")


def _within(name: str, zone: str) -> bool:
    return name == zone or name.endswith("." + zone)
