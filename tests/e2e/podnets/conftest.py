"""One lab for each pod network, which lives as long as the tests that are about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from networks import CASES, Network

from vethlab.load import load
from vethlab.running import RunningLab

#: Networks that this kernel cannot do. One test of each is skipped with the reason, and so speaks for all of them.
_REFUSED = pytest.StashKey[set[str]]()


@pytest.fixture(scope="session", params=CASES)
def network(request: pytest.FixtureRequest) -> Network:
    """Every pod network in turn: pytest runs all tests of one before those of the next."""
    found: Network = request.param
    return found


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest, network: Network, vethlab_pool: Any) -> Iterator[RunningLab]:
    """A lab of that network. Where the kernel cannot, the test is skipped with the reason."""
    key = ("podnets", network.topology)
    try:
        made = vethlab_pool.get(key, load(network.topology), network.topology, "start")
    except pytest.skip.Exception:
        request.config.stash.setdefault(_REFUSED, set()).add(network.topology)
        raise
    yield made
    vethlab_pool.end(key, keep=False)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """What has been said once need not be said by every test of the network."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    asked = params.get("network")
    return True if isinstance(asked, Network) and asked.topology in item.config.stash.get(_REFUSED, set()) else None
