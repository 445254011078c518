"""Tests that share a lab go to one worker."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("topology")
        if mark is not None and not mark.kwargs.get("fresh") and item.get_closest_marker("xdist_group") is None:
            module = item.getparent(pytest.Module)
            whole = mark.kwargs.get("scope") == "session"
            item.add_marker(pytest.mark.xdist_group(str(mark.args[0]) if whole or not module else module.nodeid))
