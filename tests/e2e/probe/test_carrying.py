"""Whose carrier is waited for: of cables, whose other end may be missing, and of nothing else."""

from __future__ import annotations

import time

from namespaces import Namespaces
from vethlab.netlink import Netlink


def dormant(netns: Namespaces, name: str) -> list[str]:
    link = Netlink(netns.pids[name])
    try:
        return link.dormant()
    finally:
        link.close()


def test_a_cable_carries_when_both_ends_are_up(netns: Namespaces) -> None:
    netns.node("a")
    netns.ip("a", "link add one type veth peer name two")
    netns.ip("a", "link set one up")
    (found,) = dormant(netns, "a")
    assert found.startswith("one (operstate ")
    netns.ip("a", "link set two up")
    deadline = time.monotonic() + 20
    while dormant(netns, "a"):
        assert time.monotonic() < deadline


def test_what_is_linked_to_a_cable_is_none(netns: Namespaces) -> None:
    """A macvlan port goes out by it, and a tunnel by whatever there is: nobody plugs those in."""
    netns.node("a")
    netns.ip("a", "link add one type veth peer name two")
    netns.ip("a", "link add port link one type macvlan", "link set one up", "link set port up")
    assert [found.partition(" ")[0] for found in dormant(netns, "a")] == ["one"]
