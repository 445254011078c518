"""What holds in every world: no pair raises, paths begin at their source, pods know each other by their own address."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sample_worlds import world

from vethlab.matrix import compile_matrix
from vethlab.model import Topology
from vethlab.outcome import PathMtu, Reached
from vethlab.predict import Predictor
from vethlab.row import Probe
from vethlab.world import World

_PORTS = st.sampled_from([None, 7, 9, 53, 80, 7007, 8080, 8472])
_KINDS = st.sampled_from(["tcp", "udp", "icmp", "http", "dns", "mtu"])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """One to four hosts on one or two switches, with or without IPv6, Docker, pods and an outside."""
    six, outside = draw(st.booleans()), draw(st.booleans())
    racks = draw(st.integers(1, 2))
    switches: dict[str, Any] = {
        f"rack{i}": {
            "subnets": [f"192.168.{i}.0/24", *([f"fd00:192:168:{i}::/64"] if six else [])],
            "mtu": draw(st.sampled_from([1400, 1500, 9000])),
        }
        for i in range(1, racks + 1)
    }
    nodes: dict[str, Any] = {
        f"node{i}": {"links": [f"rack{draw(st.integers(1, racks))}"], "runs": draw(st.sampled_from([[], ["echo"]]))}
        for i in range(1, draw(st.integers(1, 4)) + 1)
    }
    if outside:
        switches["isp"] = {"subnets": ["203.0.113.0/24"], "outside": True}
        nodes["web"] = {"role": "outside", "links": ["isp"], "runs": ["echo"]}
    if racks == 2 or outside:
        nodes["router"] = {"role": "router", "links": list(switches)}
    document: dict[str, Any] = {"name": "drawn", "switches": switches, "nodes": nodes}
    if draw(st.booleans()):
        document["docker"] = {"subnets": ["172.17.0.0/16", *(["fd00:172:17::/64"] if six else [])]}
        document["containers"] = {"site": {"per_node": draw(st.integers(1, 2))}}
        document["containers"]["open"] = {"node": "node1", "publish": ["8080:80", "7007:7", "7007:7/udp"]}
    document["pod_network"] = {"cidrs": ["10.244.0.0/16", *(["fd00:10:244::/48"] if six else [])]}
    document["pods"] = {"pod": {"per_node": draw(st.integers(1, 2))}}
    if draw(st.booleans()):
        document["dns"] = {"zones": {}}
    return document


def _every_address(lab: World) -> list[str]:
    """All there are, and some that nobody has."""
    machines = lab.machines.values()
    ports = [a.ip for m in machines for p in m.ports for a in p.addresses]
    bridges = [a.ip for m in machines for b in (m.docker0, m.pods and m.pods.bridge) if b for a in b.addresses]
    vteps = [v.address for m in machines if m.pods for v in m.pods.vteps]
    plugged = [a.ip for s in lab.sandboxes.values() for a in s.addresses]
    strangers = ["8.8.8.8", "10.244.99.9", "172.17.9.9", "127.0.0.1", "::1", "2001:db8::9", "0.0.0.0", "fe80::1"]
    return [*map(str, ports + bridges + vteps + plugged), *strangers]


@settings(max_examples=30, deadline=None)
@given(documents(), st.data())
def test_no_pair_raises_and_paths_begin_at_their_source(document: dict[str, Any], data: st.DataObject) -> None:
    lab = world(document)
    predictor = Predictor(lab)
    for source in [*lab.machines, *lab.sandboxes]:
        for address in _every_address(lab):
            probe = Probe(data.draw(_KINDS), address, data.draw(_PORTS), "node1.lab.internal")
            prediction = predictor.predict(source, probe)
            assert prediction.path[0].node == source
            assert prediction.path[0].direction == "out"
            assert prediction.reason
            if prediction.outcome is None:
                continue
            directions = [h.direction for h in prediction.path]
            assert directions == sorted(directions, reverse=True), "out comes before back"


@settings(max_examples=30, deadline=None)
@given(documents())
def test_pods_reach_pods_of_their_family_as_themselves(document: dict[str, Any]) -> None:
    lab = world(document)
    predictor = Predictor(lab)
    pods = [s for s in lab.sandboxes.values() if s.kind == "pod"]
    for one in pods:
        for other in pods:
            for version in {a.version for a in other.addresses}:
                own, address = str(one.address(version)), str(other.address(version))
                prediction = predictor.predict(one.name, Probe("tcp", address, 7))
                assert prediction.outcome == Reached(own, other.name)
                assert (prediction.path[-1].node, prediction.path[-1].direction) == (one.name, "back")


@settings(max_examples=30, deadline=None)
@given(documents())
def test_the_matrix_asks_nothing_twice_and_nobody_about_itself(document: dict[str, Any]) -> None:
    topology = Topology.model_validate(document)
    lab = world(document)
    rows = compile_matrix(topology, lab).rows
    assert len({(r.source, r.probe) for r in rows}) == len(rows)
    for row in rows:
        assert row.probe.address is None or ipaddress.ip_address(row.probe.address)
        assert row.source in lab.machines or row.source in lab.sandboxes
        assert row.probe.kind != "mtu" or isinstance(row.expected, PathMtu)
