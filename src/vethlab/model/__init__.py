"""The declared types: what a topology file or a lab.yml says, frozen, with no knowledge of anything running."""

from .base import Address, Declared, Name, Subnet
from .docker import Attachment, Docker, DockerNetwork, Driver, Engine, EngineVersion
from .exercise import CHECK_PROBES, TRACKS, Cause, Check, Exercise, Group, Injection, LabFile, Track
from .expectation import PROBE_KEYS, Expectation
from .link import Link, Switch
from .network import Dns, PodNetwork
from .node import Node, Role
from .topology import Topology
from .workload import Container, Protocol, Publication, Workload

__all__ = [
    "CHECK_PROBES",
    "PROBE_KEYS",
    "TRACKS",
    "Address",
    "Attachment",
    "Cause",
    "Check",
    "Container",
    "Declared",
    "Dns",
    "Docker",
    "DockerNetwork",
    "Driver",
    "Engine",
    "EngineVersion",
    "Exercise",
    "Expectation",
    "Group",
    "Injection",
    "LabFile",
    "Link",
    "Name",
    "Node",
    "PodNetwork",
    "Protocol",
    "Publication",
    "Role",
    "Subnet",
    "Switch",
    "Topology",
    "Track",
    "Workload",
]
