"""What Docker did otherwise before: the one place that says so, for the rules, the prediction and the pages.

A real engine has the version it has; the emulated one follows `docker.version` of the topology.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from .model import EngineVersion

__all__ = ["DIFFERENCES", "Difference", "generation", "has"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`since` is the first of EngineVersion that has it, `change` the very release, `source` where that is said."""

    name: str
    since: EngineVersion
    change: str
    before: str
    after: str
    source: str


DIFFERENCES = (
    Difference(
        "internal-without-gateway",
        "26",
        "25.0",
        "a container on an internal network has a default route; it reaches its host's addresses, the rest is dropped",
        "no default route: network unreachable",
        "moby 25.0 release notes, Networking",
    ),
    Difference(
        "internal-without-forwarding",
        "26",
        "25.0.5",
        "127.0.0.11 passes on what a container on internal networks asks, and the host's own name server answers",
        "SERVFAIL for names that are not Docker's",
        "CVE-2024-29018",
    ),
    Difference(
        "gateway-mode-routed",
        "27",
        "27.0",
        "com.docker.network.bridge.gateway_mode_ipv4 and _ipv6 are ignored: every network is nat",
        "routed",
        "moby 27.0 release notes, Networking",
    ),
    Difference(
        "gateway-mode-others",
        "28",
        "28.0",
        "the gateway modes nat-unprotected and isolated are unknown",
        "nat-unprotected, isolated",
        "moby 28.0 release notes, Networking",
    ),
    Difference(
        "unpublished-is-closed",
        "28",
        "28.0",
        "a container's own address is reached from elsewhere where FORWARD's policy, or somebody's rule, accepts",
        "raw PREROUTING and filter DOCKER drop it",
        "moby 28.0 release notes, Networking",
    ),
)
_SINCE = {each.name: each.since for each in DIFFERENCES}
_ORDER = get_args(EngineVersion)


def has(version: EngineVersion, name: str) -> bool:
    """Whether Docker of that version does as in `after`. Raises KeyError for what is no difference."""
    return _ORDER.index(version) >= _ORDER.index(_SINCE[name])


def generation(version: str) -> EngineVersion:
    """Under which of the versions that differ an engine falls, by its own number: 25.0 is as 26, 24.0 as 20.10."""
    major = int(version.partition(".")[0])
    return "28" if major >= 28 else "27" if major >= 27 else "26" if major >= 25 else "20.10"
