"""A whole topology: everything one file declares."""

from __future__ import annotations

from pydantic import Field

from .base import Declared, Name
from .cni import CniChoice
from .docker import Docker
from .expectation import Expectation
from .link import Switch
from .network import Dns
from .node import Node
from .pod import Pod
from .pod_network import PodNetwork
from .workload import Container

__all__ = ["Topology"]


class Topology(Declared):
    """One world. Names of nodes, containers and pods share one space, so that a matrix can name any of them.

    `docker` is there when the file says so or declares containers; `pod_network` likewise with pods.
    Without `cni` vethlab itself gives pods their network (`in-process`).
    """

    name: Name
    title: str = ""
    switches: dict[Name, Switch] = Field(min_length=1)
    nodes: dict[Name, Node] = Field(min_length=1)
    docker: Docker | None = None
    pod_network: PodNetwork | None = None
    cni: CniChoice = None
    dns: Dns | None = None
    containers: dict[Name, Container] = Field(default_factory=dict)
    pods: dict[Name, Pod] = Field(default_factory=dict)
    expect: tuple[Expectation, ...] = ()
