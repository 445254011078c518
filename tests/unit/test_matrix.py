"""Rows: what an expectation stands for, what the standard matrix adds, and whether the two witnesses agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_worlds import ALONE, DUAL, SHIPPED, TWO_HOSTS, shipped, topology, world

from vethlab import matrix
from vethlab.addressing import lay_out
from vethlab.expectations import author_rows
from vethlab.matrix import compile_matrix, disagreements, rows, unpredicted
from vethlab.outcome import Answered, Http, Outcome, PathMtu, Reached, Refused, Timeout, Unreachable
from vethlab.row import Probe, Row


def written(document: dict[str, Any], *expect: dict[str, Any]) -> tuple[Row, ...]:
    declared = topology(document, expect=expect)
    return author_rows(declared, lay_out(declared))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_author_and_prediction_agree_on_every_shipped_topology(path: Path) -> None:
    declared = shipped(path)
    lab = lay_out(declared)
    assert author_rows(declared, lab), "a topology that expects nothing proves nothing"
    assert [*map(str, disagreements(declared, lab))] == []
    assert [*map(str, unpredicted(declared, lab))] == []


@pytest.mark.parametrize(
    "expect",
    [
        {"from": "pods", "to": "pods", "tcp": 7, "outcome": "reached", "source": "host"},
        {"from": "pods", "to": "pods", "tcp": 7, "outcome": "refused"},
        {"from": "pod1", "to": "pod3", "mtu": True, "outcome": "path_mtu", "bytes": 1500},
        {"from": "web", "to": "site1", "http": 8080, "published": True, "outcome": "timeout"},
        {"from": "pod1", "to": "resolver", "dns": "www.example.com", "outcome": "answered", "records": ["203.0.113.1"]},
        {"from": "pod1", "to": "web", "http": 80, "outcome": "http", "status": 404},
    ],
)
def test_a_false_expectation_is_contradicted(expect: dict[str, Any]) -> None:
    declared = topology(TWO_HOSTS, expect=[expect])
    found = disagreements(declared, lay_out(declared))
    assert found
    assert "is predicted" in str(found[0])


def test_pairs_leave_itself_out() -> None:
    found = written(TWO_HOSTS, {"from": "pods", "to": "pods", "icmp": True, "outcome": "reached"})
    assert len(found) == 4 * 3
    assert all(r.source != r.target and r.authority == "author" for r in found)


@pytest.mark.parametrize(("where", "count"), [("same-host", 4), ("other-host", 8)])
def test_where_keeps_pairs_by_host(where: str, count: int) -> None:
    found = written(TWO_HOSTS, {"from": "pods", "to": "pods", "where": where, "icmp": True, "outcome": "reached"})
    assert len(found) == count


@pytest.mark.parametrize(("family", "count"), [(None, 2), (4, 1), (6, 1)])
def test_each_family_both_have_is_a_row(family: int | None, count: int) -> None:
    found = written(DUAL, {"from": "pod1", "to": "pod3", "icmp": True, "family": family, "outcome": "reached"})
    assert len(found) == count


def test_a_family_that_one_lacks_is_no_row() -> None:
    assert written(TWO_HOSTS, {"from": "pod1", "to": "pod3", "icmp": True, "family": 6, "outcome": "reached"}) == ()


@pytest.mark.parametrize(
    ("source", "target", "word", "seen"),
    [
        ("pod1", "pod3", "own", "10.244.1.2"),
        ("tool1", "web", "host", "192.168.1.101"),
        ("node1", "web", "host", "192.168.1.101"),
        ("router", "web", "own", "203.0.113.1"),
        ("router", "node1", "own", "192.168.1.1"),
        ("node1", "pod1", "gateway", "10.244.1.1"),
        ("node1", "site1", "gateway", "172.17.0.1"),
        ("web", "pod1", "198.51.100.7", "198.51.100.7"),
    ],
)
def test_words_for_the_source_become_addresses(source: str, target: str, word: str, seen: str) -> None:
    (row,) = written(TWO_HOSTS, {"from": source, "to": target, "tcp": 7, "outcome": "reached", "source": word})
    assert row.expected == Reached(seen, target)


def test_a_published_port_is_asked_at_the_host() -> None:
    (row,) = written(TWO_HOSTS, {"from": "web", "to": "site2", "http": 8080, "published": True, "outcome": "http"})
    assert row.probe == Probe("http", "192.168.1.102", 8080)
    assert row.expected == Http(identity="site2")


def test_a_port_published_on_loopback_is_asked_there_by_its_host_alone() -> None:
    expect = {"to": "site1", "tcp": 7008, "published": True}
    found = written(
        TWO_HOSTS, expect | {"from": "node1", "outcome": "reached"}, expect | {"from": "web", "outcome": "refused"}
    )
    assert [r.probe.address for r in found] == ["127.0.0.1", "192.168.1.101"]


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        ({"icmp": True, "outcome": "unreachable"}, Unreachable()),
        ({"icmp": True, "outcome": "timeout"}, Timeout()),
        ({"tcp": 9, "outcome": "refused"}, Refused()),
        ({"mtu": True, "outcome": "path_mtu", "bytes": 1450}, PathMtu(1450)),
        ({"http": 80, "outcome": "http", "status": 200}, Http(200, None, "pod3")),
    ],
)
def test_outcomes(expect: dict[str, Any], outcome: Outcome) -> None:
    (row,) = written(TWO_HOSTS, {"from": "pod1", "to": "pod3"} | expect)
    assert row.expected == outcome


def test_names_are_asked_of_the_resolver_or_of_a_node() -> None:
    expect = {"from": "pod1", "dns": "www.example.com", "outcome": "answered", "records": ["203.0.113.80"]}
    resolver, node = written(TWO_HOSTS, expect | {"to": "resolver"}, expect | {"to": "ns", "rcode": "NOERROR"})
    assert (resolver.target, resolver.probe) == ("node1", Probe("dns", name="www.example.com"))
    assert (node.target, node.probe) == ("ns", Probe("dns", "203.0.113.53", 53, "www.example.com"))
    assert node.expected == Answered("NOERROR", ("203.0.113.80",))


def test_records_that_are_ipv6_ask_for_aaaa() -> None:
    expect = {"from": "pod1", "to": "resolver", "dns": "www.example.com", "outcome": "answered", "records": ["::2"]}
    assert written(TWO_HOSTS, expect)[0].probe.record == "AAAA"


def test_the_standard_matrix_of_the_reference_world_has_hundreds_of_rows_of_every_kind() -> None:
    declared = shipped(next(p for p in SHIPPED if p.stem == "three-node"))
    found = rows(declared, lay_out(declared))
    assert 300 <= len(found) <= 900
    assert {r.probe.kind for r in found} == {"tcp", "udp", "http", "icmp", "dns", "mtu"}
    assert {r.expected.word for r in found} >= {"reached", "refused", "timeout", "unreachable", "answered", "path_mtu"}


def test_rows_come_out_the_same_every_time() -> None:
    declared = topology(TWO_HOSTS)
    assert rows(declared, lay_out(declared)) == rows(declared, lay_out(declared))


def test_an_author_row_is_not_predicted_once_more() -> None:
    expect = {"from": "pods", "to": "pods", "tcp": 7, "outcome": "reached"}
    declared = topology(TWO_HOSTS, expect=[expect])
    plain = topology(TWO_HOSTS)
    assert len(rows(declared, lay_out(declared))) == len(rows(plain, lay_out(plain)))


def test_beyond_the_largest_matrix_pairs_are_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = topology(TWO_HOSTS)
    whole = rows(declared, lay_out(declared))
    monkeypatch.setattr(matrix, "LARGEST", 40)
    thinned = rows(declared, lay_out(declared))
    assert len(thinned) < len(whole)
    assert {r for r in thinned if not isinstance(r.expected, Unreachable)} < set(whole)


def test_what_is_left_out_is_counted() -> None:
    two_switches = TWO_HOSTS["nodes"] | {"web": TWO_HOSTS["nodes"]["web"] | {"count": None}}
    found = compile_matrix(topology(TWO_HOSTS, nodes=two_switches), world(TWO_HOSTS))
    errors = [r for r in found.rows if r.expected == Unreachable("network") and r.source == "web"]
    assert len(errors) == 4
    assert found.left_out["one ICMP error more than its router would send"] > 0


def test_a_world_of_one_host_has_a_matrix_too() -> None:
    assert rows(topology(ALONE), world(ALONE))


def test_what_is_slow_to_show_is_left_out() -> None:
    """Without its router the hosts' gateway answers no ARP."""
    lab = world(TWO_HOSTS)
    orphaned = replace(lab, machines={k: v for k, v in lab.machines.items() if v.role != "router"})
    found = compile_matrix(topology(TWO_HOSTS), orphaned)
    assert found.left_out["host unreachable is slow to show"] > 0
    assert Unreachable("host") not in [r.expected for r in found.rows]
