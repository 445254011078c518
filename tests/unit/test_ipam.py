"""Calico's blocks and host-local's ranges: who gets which address."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from vethlab.ipam import BlockPool, Exhausted, Holder, Range, usage


def pool(cidr: str = "10.244.0.0/24", **more: int | bool) -> BlockPool:
    return BlockPool(ip_network(cidr), **more)  # type: ignore[arg-type]


def take(found: BlockPool, node: str, count: int) -> list[str]:
    return [str(found.allocate(node, f"{node}-{i}").address) for i in range(count)]


def test_a_node_claims_a_block_when_it_first_needs_one() -> None:
    found = pool()
    assert take(found, "a", 2) == ["10.244.0.0", "10.244.0.1"]
    assert take(found, "b", 1) == ["10.244.0.64"]
    assert (found.blocks_of("a"), found.blocks_of("b")) == (
        (ip_network("10.244.0.0/26"),),
        (ip_network("10.244.0.64/26"),),
    )


def test_a_full_block_leads_to_the_next() -> None:
    found = pool()
    assert take(found, "a", 65)[-1] == "10.244.0.64"
    assert len(found.blocks_of("a")) == 2
    assert found.borrowed_by("a") == ()


def test_where_no_block_is_left_an_address_is_borrowed() -> None:
    found = pool("10.244.0.0/25")
    take(found, "a", 65)
    assert take(found, "b", 1) == ["10.244.0.65"]
    assert found.borrowed_by("b") == (ip_address("10.244.0.65"),)
    assert found.blocks_of("b") == ()


def test_strict_affinity_borrows_nothing() -> None:
    found = pool("10.244.0.0/25", strict=True)
    take(found, "a", 65)
    with pytest.raises(Exhausted, match=r"no block of 10\.244\.0\.0/25 is left"):
        found.allocate("b", "x")
    with pytest.raises(ValueError, match="which is a's, and affinity is strict"):
        found.allocate("b", "x", ip_address("10.244.0.99"))


def test_a_node_may_have_so_many_blocks() -> None:
    found = pool("10.244.0.0/24", most=1, strict=True)
    take(found, "a", 64)
    with pytest.raises(Exhausted, match="a has 1 blocks"):
        found.allocate("a", "x")


def test_everything_given_away_is_exhausted() -> None:
    found = pool("10.244.0.0/26")
    addresses = take(found, "a", 64)
    assert len(set(addresses)) == 64
    with pytest.raises(Exhausted, match="every block is claimed, and full"):
        found.allocate("b", "x")


def test_a_freed_address_is_not_given_again_at_once() -> None:
    found = pool()
    take(found, "a", 2)
    found.release(ip_address("10.244.0.0"))
    assert take(found, "a", 1) == ["10.244.0.2"]
    take(found, "a", 61)
    assert take(found, "a", 1) == ["10.244.0.0"]


def test_an_address_can_be_asked_for_once() -> None:
    found = pool()
    assert not found.allocate("a", "x", ip_address("10.244.0.200")).borrowed
    assert found.blocks_of("a") == (ip_network("10.244.0.192/26"),)
    with pytest.raises(ValueError, match="already that of x"):
        found.allocate("a", "y", ip_address("10.244.0.200"))
    with pytest.raises(ValueError, match="is not in"):
        found.allocate("a", "y", ip_address("10.9.0.1"))


def test_empty_blocks_go_back_and_others_stay() -> None:
    found = pool()
    take(found, "a", 65)
    found.release(ip_address("10.244.0.64"))
    assert found.release_empty() == [ip_network("10.244.0.64/26")]
    assert take(found, "b", 1) == ["10.244.0.64"]


def test_blocks_of_ipv6_are_122_long() -> None:
    found = pool("fd00:10:244::/64")
    assert take(found, "a", 1) == ["fd00:10:244::"]
    assert found.blocks_of("a") == (ip_network("fd00:10:244::/122"),)


def test_a_pool_smaller_than_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="smaller than a block"):
        pool("10.244.0.0/27")


@pytest.mark.parametrize(
    ("document", "size", "ends"),
    [
        ({"subnet": "10.244.1.0/24"}, 253, ("10.244.1.1", "10.244.1.254")),
        ({"subnet": "10.1.1.0/24", "rangeStart": "10.1.1.9", "rangeEnd": "10.1.1.11"}, 3, ("10.1.1.9", "10.1.1.11")),
        ({"subnet": "10.244.1.0/30"}, 1, ("10.244.1.1", "10.244.1.2")),
        ({"subnet": "10.244.1.0/29", "gateway": "10.244.1.6"}, 5, ("10.244.1.1", "10.244.1.6")),
    ],
)  # fmt: skip
def test_the_size_of_a_range(document: dict[str, str], size: int, ends: tuple[str, str]) -> None:
    found = Range.parse(document)
    assert (found.size, str(found.first), str(found.last)) == (size, *ends)


@pytest.mark.parametrize(
    "document",
    [
        {"subnet": "10.244.1.0/31"},
        {"subnet": "10.244.1.5/24"},
        {"subnet": "10.244.1.0/24", "rangeStart": "10.244.2.1"},
        {"subnet": "10.244.1.0/24", "rangeStart": "10.244.1.9", "rangeEnd": "10.244.1.8"},
    ],
)
def test_a_range_that_is_none(document: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"subnet|range|host bits|small"):
        Range.parse(document)


def test_usage_of_a_block() -> None:
    """Of four addresses the host keeps one, two are given, of which one is lent and its pod dead."""
    holders = [
        Holder("own", "node1", ("10.244.0.5", "fd00::5")),
        Holder("guest", "node2", ("10.244.0.6",), alive=False),
        Holder("stranger", "node2", ("10.244.0.9",)),
    ]
    assert usage("10.244.0.4/30", "node1", ["10.244.0.4"], holders) == {
        "subnet": "10.244.0.4/30",
        "size": 4,
        "used": 3,
        "free": 1,
        "lent": {"10.244.0.6": "node2"},
        "leaked": ["10.244.0.6"],
    }
