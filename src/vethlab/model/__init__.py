"""The declared types: what a topology file or a lab.yml says, frozen, with no knowledge of anything running."""

from .base import Address, Declared, Name, Subnet, is_address
from .cni import Cni
from .docker import Attachment, Docker, DockerNetwork, Driver, Engine, EngineVersion
from .exercise import CHECK_PROBES, TRACKS, Cause, Check, Exercise, Group, Injection, LabFile, Track
from .expectation import PROBE_KEYS, Expectation
from .link import Link, Switch
from .network import Dns
from .node import Node, Role
from .pod import Bandwidth, Pod, PodContainer
from .pod_network import POD_NETWORK_TYPES, PodNetwork, PodNetworkType
from .topology import Topology
from .workload import Container, Protocol, Publication, Workload

__all__ = [
    "CHECK_PROBES",
    "POD_NETWORK_TYPES",
    "PROBE_KEYS",
    "TRACKS",
    "Address",
    "Attachment",
    "Bandwidth",
    "Cause",
    "Check",
    "Cni",
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
    "Pod",
    "PodContainer",
    "PodNetwork",
    "PodNetworkType",
    "Protocol",
    "Publication",
    "Role",
    "Subnet",
    "Switch",
    "Topology",
    "Track",
    "Workload",
    "is_address",
]
