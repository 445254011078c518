"""One lab for each pod network, which lives as long as the tests of a module that are about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from networks import CASES, Network

from vethlab.load import load
from vethlab.running import RunningLab


@pytest.fixture(scope="module", params=CASES)
def network(request: pytest.FixtureRequest) -> Network:
    """Every pod network in turn."""
    found: Network = request.param
    return found


@pytest.fixture(scope="module")
def lab(network: Network, vethlab_pool: Any) -> Iterator[RunningLab]:
    """A lab of that network. Where the kernel cannot, the test is skipped with the reason."""
    key = ("podnets", network.topology)
    yield vethlab_pool.get(key, load(network.topology), network.topology, "start")
    vethlab_pool.end(key, keep=False)
