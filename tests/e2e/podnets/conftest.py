"""One lab for each pod network, which lives as long as the tests that are about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from networks import CASES, Network

from vethlab.load import load
from vethlab.running import RunningLab


@pytest.fixture(scope="session", params=CASES)
def network(request: pytest.FixtureRequest) -> Network:
    """Every pod network in turn: pytest runs all tests of one before those of the next."""
    found: Network = request.param
    return found


@pytest.fixture(scope="session")
def lab(network: Network, vethlab_pool: Any) -> Iterator[RunningLab]:
    """A lab of that network. Where the kernel cannot, each of its tests is skipped with the reason, which is kept."""
    key = ("podnets", network.topology)
    yield vethlab_pool.get(key, load(network.topology), network.topology, "start")
    vethlab_pool.end(key, keep=False)
