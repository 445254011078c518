"""A converged three-node fleet, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fleet import REPOSITORY, Fleet, world_of

from vethlab.converge import converge
from vethlab.world import World


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
