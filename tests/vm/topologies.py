"""Which shipped topologies and labs this machine's kernel refuses, by what doctor finds here and each says it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from vethlab.assets import shipped_topologies
from vethlab.load import load
from vethlab.model import Topology
from vethlab.podnet.kind import kind_of

__all__ = ["labs_refused_here", "needs", "refused_here"]


def refused_here() -> list[str]:
    """Their names, in alphabetical order."""
    lacking = _lacking()
    return [name for name in shipped_topologies() if needs(load(name)) & lacking]


def needs(topology: Topology) -> set[str]:
    """The features, by doctor's names, without which it is refused."""
    found = set(kind_of(topology.pod_network).needs) if topology.pod_network else set()
    links = (link for node in topology.nodes.values() for link in node.links)
    networks = topology.docker.networks.values() if topology.docker else ()
    found |= {network.driver for network in networks} & {"macvlan", "ipvlan"}
    return found | ({"netem"} if any(link.delay for link in links) else set())


def labs_refused_here() -> list[str]:
    """The break/fix labs that `vethlab lab list` marks, in its order."""
    return [lab["id"] for lab in _told("lab", "list") if not lab["available"]]


def _lacking() -> set[str]:
    return {feature["name"] for feature in _told("doctor")["features"] if not feature["works"]}


def _told(*verb: str) -> Any:
    argv = [sys.executable, "-m", "vethlab", *verb, "--json"]
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=False).stdout)
