"""What must hold of a topology beyond the types of its values. Every rule runs, whatever another one found.

    references      every name that is used is declared          (also run on files that have wrong types)
    names           no two things share a name; no name is too long
    underlay        addresses, subnets, MTUs of switches and links
    networks        docker0, pod network, overlaps
    docker_networks those of users, with their options
    containers      their places on Docker's networks
    cni             what pods need plugins for
    workloads       where containers and pods are, what they publish
    name_service    the DNS servers and their zones
    expectations    what is expected can be asked at all

Deliberately allowed: outside switches without a router (a world without an uplink), publishing a port that nothing
serves (it is refused), a pod MTU larger than the underlay carries (the kernel fragments, and a lab may want that).
"""

from __future__ import annotations

from ..addressing import lay_out
from ..finding import Finding
from ..model import Topology
from . import (
    cni,
    containers,
    docker_networks,
    expectations,
    name_service,
    names,
    networks,
    references,
    underlay,
    workloads,
)

__all__ = ["check_references", "validate"]


def validate(topology: Topology) -> tuple[Finding, ...]:
    """Everything wrong with a topology whose defaults are filled in (`complete`). Nothing found: `lay_out` works."""
    nets = (underlay, networks, docker_networks)
    rules = (references, names, *nets, containers, cni, workloads, name_service, expectations)
    found = tuple(dict.fromkeys(finding for rule in rules for finding in rule.check(topology)))
    return found or _laid_out(topology)


def check_references(topology: Topology) -> tuple[Finding, ...]:
    """Only the names that lead nowhere: all that can be told of a file some values of which had to be left out."""
    return tuple(references.check(topology))


def _laid_out(topology: Topology) -> tuple[Finding, ...]:
    """The last word is the addressing's own."""
    try:
        lay_out(topology)
    except ValueError as error:
        return (Finding((), str(error)),)
    return ()
