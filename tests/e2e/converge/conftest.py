"""A converged three-node fleet, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from fleet import Fleet

from vethlab.addressing import lay_out
from vethlab.converge import converge
from vethlab.model import Topology
from vethlab.world import World

REPOSITORY = Path(__file__).parents[3]


def world_of(text: str) -> World:
    return lay_out(Topology.model_validate(yaml.safe_load(text)))


@pytest.fixture(scope="module")
def three_node() -> World:
    return world_of((REPOSITORY / "topologies/three-node.yml").read_text())


@pytest.fixture(scope="module")
def fleet(three_node: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Converged once, with all containers and pods attached."""
    work = tmp_path_factory.mktemp("converge")
    machines = Fleet(three_node)
    try:
        machines.first = machines.run(lambda: converge(three_node, machines.pids, work=work))
        for sandbox in three_node.sandboxes.values():
            machines.attach(sandbox)
        yield machines
    finally:
        machines.close()
