"""A plugin for pytest: `-p tests.vm.only --only-topology NAME` leaves the tests of other topologies out.

Where everything takes twenty times as long, one topology for every subject is what can be afforded.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-topology", metavar="NAME", required=True, help="run the tests of this topology alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    name = config.getoption("--only-topology")
    chosen = [item for item in items if any(mark.args[0] == name for mark in item.iter_markers("topology"))]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
