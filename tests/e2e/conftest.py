"""What the end-to-end tests share: a module's tests go to one worker, since they share its labs."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("topology")
        if mark is not None and not mark.kwargs.get("fresh") and item.get_closest_marker("xdist_group") is None:
            module = item.getparent(pytest.Module)
            item.add_marker(pytest.mark.xdist_group(module.nodeid if module else ""))
