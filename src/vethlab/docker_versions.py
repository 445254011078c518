"""What changed between versions of the Docker engine, as far as its networks show it.

The emulated engine writes the rules of one of them (`docker.version`); the real one has the version it has. What is
expected of both follows from this table, and from nothing else.

Sources: the release notes of Docker Engine (docs, "Engine release notes"), moby's pull requests where one is named.
Measured: 20.10.24, 26.1.5 and 28.5.2, as Debian packages them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from .model import EngineVersion

__all__ = ["CHANGES", "Change", "generation", "has"]

_ORDER: tuple[EngineVersion, ...] = get_args(EngineVersion)


@dataclass(frozen=True, slots=True)
class Change:
    """`since` is the first of our versions that has it; `before` and `after` say how the two behave."""

    name: str
    since: EngineVersion
    before: str
    after: str
    source: str


CHANGES = {
    change.name: change
    for change in (
        Change(
            "protected",
            "28",
            "A container's address is reached from other interfaces as far as FORWARD lets packets through: its "
            "published ports always, the others where the policy is ACCEPT.",
            "raw PREROUTING drops what comes to a container's address by another interface than its bridge, published "
            "or not; filter DOCKER drops what is not published, whatever the policy of FORWARD.",
            "28.0 release notes, Networking: direct access to container ports (moby #48724, #49325)",
        ),
        Change(
            "gateway-modes",
            "27",
            "gateway_mode_ipv4 and _ipv6 mean nothing: every bridge network is nat.",
            "nat, routed and nat-unprotected; isolated for internal networks.",
            "27.0 release notes (moby #47871), 27.1 (moby #48262)",
        ),
        Change(
            "gateway-priority",
            "28",
            "The network whose name sorts first has the default route.",
            "The highest gw-priority has it; among equals the name that sorts first.",
            "28.0 release notes (moby #48936)",
        ),
        Change(
            "dns-names",
            "26",
            "docker inspect lists a container's short id among Aliases.",
            "The names a container has on a network are DNSNames.",
            "26.0 release notes (moby #46853)",
        ),
        Change(
            "internal-route",
            "26",
            "The gateway of an internal network is its containers' default route: they reach their host's addresses, "
            "and what they send further is dropped.",
            "A container on internal networks alone has no default route: network unreachable.",
            "25.0 release notes, Networking",
        ),
        Change(
            "internal-dns",
            "26",
            "127.0.0.11 passes on what a container on internal networks asks; its host's own name server answers.",
            "SERVFAIL for names that are not Docker's.",
            "25.0.5 and 26.0 release notes: CVE-2024-29018",
        ),
        Change(
            "internal-gateway",
            "27",
            "docker network inspect shows a gateway for an internal network.",
            "An internal network has no gateway to be shown.",
            "27.0 release notes (moby #47744)",
        ),
        Change(
            "docker0-ipv6",
            "28",
            "On docker0 a container's IPv6 address is the prefix and its MAC, where the prefix is /80 or shorter.",
            "On docker0 IPv6 addresses are counted, as on any other network.",
            "moby #17890; measured: 26.1.5 does the former, 28.5.2 the latter",
        ),
        Change(
            "hosts-cleared",
            "28",
            "After docker network disconnect a container's /etc/hosts still has its address there.",
            "docker network disconnect takes the address out of /etc/hosts.",
            "moby #48857",
        ),
        Change(
            "interface-names",
            "28",
            "An interface has the number after the last one ever given in its container.",
            "An interface has the lowest number that is free: connected again, it is eth1 again.",
            "28.0 release notes (moby #49155)",
        ),
        Change(
            "subnet-words",
            "26",
            "What is no subnet is refused with: Invalid subnet X : invalid CIDR address: X",
            "What is no subnet is refused with: invalid subnet X: invalid CIDR block notation",
            "moby, api/types/network (ValidateIPAM)",
        ),
    )
}


def has(version: EngineVersion, change: str) -> bool:
    """Whether an engine of that version behaves as `after`. Raises KeyError for a change that is not in the table."""
    return _ORDER.index(version) >= _ORDER.index(CHANGES[change].since)


def generation(version: str) -> EngineVersion:
    """Under which of the versions an engine falls, by its own number: 25.0 is as 26, 24.0 as 20.10."""
    major = int(version.partition(".")[0])
    return "28" if major >= 28 else "27" if major >= 27 else "26" if major >= 25 else "20.10"
