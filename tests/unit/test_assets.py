"""Assets are found in the checkout."""

from __future__ import annotations

from vethlab.assets import asset


def test_topologies_of_the_checkout() -> None:
    assert (asset("topologies") / "three-node.yml").is_file()
