"""Selectors: which endpoints a word stands for."""

from __future__ import annotations

import pytest

from vethlab.addressing import lay_out
from vethlab.load import load
from vethlab.selector import SelectorError, select

WORLD = lay_out(load("three-node"))


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        (["nodes"], "node1 node2 node3"),
        (["routers"], "router"),
        (["outside"], "web ns client resolver"),
        (["containers"], "site1 site2 site3 tool1 tool2 tool3"),
        (["pods@node2"], "pod3 pod4"),
        (["nodes@node2"], "node2"),
        (["all@node1"], "node1 site1 tool1 pod1 pod2"),
        (["pods@router"], ""),
        (["pod6", "pod1", "pods@node1"], "pod6 pod1 pod2"),
    ],
)
def test_selects(selectors: list[str], names: str) -> None:
    assert select(WORLD, selectors) == tuple(names.split())


def test_all_is_everything() -> None:
    assert select(WORLD, ["all"]) == (*WORLD.machines, *WORLD.sandboxes)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("pud1", "unknown endpoint or group 'pud1', did you mean 'pod1'?"),
        ("pod@node1", "unknown group 'pod', did you mean 'pods'?"),
        ("pods@nod1", "unknown node 'nod1', did you mean 'node1'?"),
        ("pods@pod1", "unknown node 'pod1', did you mean 'node1'?"),
        ("pods@zz", "unknown node 'zz'; there is client, node1, node2, node3, ns, resolver, router, web"),
    ],
)
def test_unknown(word: str, message: str) -> None:
    with pytest.raises(SelectorError) as raised:
        select(WORLD, [word])
    assert str(raised.value) == message
