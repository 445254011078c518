"""Ports of a host that lead to pods: who is seen, and what the playbooks are told of it."""

from __future__ import annotations

from typing import Any

import pytest
from sample_worlds import TWO_HOSTS, world

from vethlab.inventory import inventory
from vethlab.outcome import Http, Reached, Refused
from vethlab.predict import predict
from vethlab.row import Probe

CNI: dict[str, Any] = {key: TWO_HOSTS[key] for key in ("name", "switches", "nodes")} | {
    "cni": "plugins",
    "pods": {
        "shop": {"node": "node1", "publish": ["8080:80", "192.168.1.101:7007:7/udp"]},
        "near": {"node": "node1"},
        "far": {"node": "node2"},
    },
}


def seen(source: str, address: str = "192.168.1.101", declared: dict[str, Any] | None = None) -> object:
    return predict(world(declared or CNI), source, Probe("http", address, 8080)).outcome


@pytest.mark.parametrize(
    ("source", "as_whom"),
    [
        ("web", "203.0.113.80"),
        ("node1", "192.168.1.101"),
        ("node2", "192.168.1.102"),
        ("far", "192.168.1.102"),
        ("near", "10.244.1.1"),
        ("shop", "10.244.1.1"),
    ],
)
def test_who_is_seen_at_a_port_of_the_host(source: str, as_whom: str) -> None:
    assert seen(source) == Http(200, as_whom, "shop")


def test_loopback_leads_there_too_and_is_masqueraded() -> None:
    assert seen("node1", "127.0.0.1") == Http(200, "10.244.1.1", "shop")


def test_a_port_bound_to_an_address_is_that_addresss_alone() -> None:
    made = world(CNI)
    assert predict(made, "web", Probe("udp", "192.168.1.101", 7007)).outcome == Reached("203.0.113.80", "shop")
    assert predict(made, "node1", Probe("udp", "127.0.0.1", 7007)).outcome == Refused()
    assert predict(made, "web", Probe("tcp", "192.168.1.102", 8080)).outcome == Refused()


def test_dockers_policy_lets_the_answer_out() -> None:
    """Its source is the pod's own when it is filtered; the host's comes back to it later."""
    assert seen("node2", declared={**CNI, "docker": {}}) == Http(200, "192.168.1.102", "shop")


def test_the_pods_own_address_is_not_masqueraded() -> None:
    assert predict(world(CNI), "near", Probe("http", "10.244.1.2", 80)).outcome == Http(200, "10.244.1.3", "shop")


def test_the_playbooks_are_told_what_pods_ask_for() -> None:
    children = inventory(world(CNI))["all"]["children"]
    assert children["cni"]["hosts"] == {"node1": {}, "node2": {}}
    assert children["pod_bridges"]["hosts"] == {}
    told = children["hosts"]["hosts"]["node1"]["cni"]
    assert told == {"version": "1.0.0", "plugin": "bridge", "config": {}, "chain": ["portmap"]}


def test_in_process_is_the_default() -> None:
    children = inventory(world({**CNI, "cni": "in-process", "pods": {"near": {"node": "node1"}}}))["all"]["children"]
    assert children["cni"]["hosts"] == {}
    assert children["pod_bridges"]["hosts"] == {"node1": {}, "node2": {}}
    assert "cni" not in children["hosts"]["hosts"]["node1"]
