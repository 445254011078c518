"""Which shipped topologies this machine's kernel refuses, by what doctor finds here and each says it needs."""

from __future__ import annotations

import json
import subprocess
import sys

from vethlab.assets import shipped_topologies
from vethlab.load import load
from vethlab.model import Topology
from vethlab.podnet.kind import kind_of

__all__ = ["needs", "refused_here"]


def refused_here() -> list[str]:
    """Their names, in alphabetical order."""
    lacking = _lacking()
    return [name for name in shipped_topologies() if needs(load(name)) & lacking]


def needs(topology: Topology) -> set[str]:
    """The features, by doctor's names, without which it is refused."""
    found = set(kind_of(topology.pod_network).needs) if topology.pod_network else set()
    links = (link for node in topology.nodes.values() for link in node.links)
    return found | ({"netem"} if any(link.delay for link in links) else set())


def _lacking() -> set[str]:
    argv = [sys.executable, "-m", "vethlab", "doctor", "--json"]
    told = json.loads(subprocess.run(argv, capture_output=True, text=True, check=False).stdout)
    return {feature["name"] for feature in told["features"] if not feature["works"]}
