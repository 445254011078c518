"""The inventory is what an operator would write by hand: one golden file, read by a person, and the rest by rule."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from vethlab.addressing import lay_out
from vethlab.inventory import inventory
from vethlab.model import Topology
from vethlab.world import World

REPOSITORY = Path(__file__).parents[2]
DUAL = """
name: dual
switches: {lan: {subnets: [192.168.1.0/24, 'fd00:1::/64']}}
nodes: {node: {count: 2, links: [lan]}}
docker: {subnets: [172.17.0.0/16, 'fd00:172::/64']}
pod_network: {cidrs: [10.244.0.0/16, 'fd00:244::/48']}
containers: {site: {node: node1, publish: ["127.0.0.1:5353:53/udp"]}}
"""


def world_of(text: str) -> World:
    return lay_out(Topology.model_validate(yaml.safe_load(text)))


def test_three_node_is_the_golden_file() -> None:
    world = world_of((REPOSITORY / "topologies/three-node.yml").read_text())
    golden = (REPOSITORY / "tests/unit/golden/inventory-three-node.yml").read_text()
    assert yaml.safe_dump(inventory(world), sort_keys=False) == golden


def test_pids_add_how_to_enter_and_nothing_else() -> None:
    world = world_of(DUAL)
    plain, entered = inventory(world), inventory(world, {"node1": 11, "node2": 12})
    hosts = entered["all"]["children"]["hosts"]["hosts"]
    assert [hosts[n].pop("vethlab_pid") for n in ("node1", "node2")] == [11, 12]
    assert entered["all"].pop("vars")["ansible_connection"] == "local"
    assert plain["all"].pop("vars") == {}
    assert entered == plain


def test_both_families_where_there_are_two() -> None:
    node1 = inventory(world_of(DUAL))["all"]["children"]["hosts"]["hosts"]["node1"]
    assert [v["name"] for v in node1["vteps"]] == ["flannel.1", "flannel-v6.1"]
    assert [v["local"] for v in node1["vteps"]] == ["192.168.1.101", "fd00:1::101"]
    assert [p["cluster"] for p in node1["pod_prefixes"]] == ["10.244.0.0/16", "fd00:244::/48"]
    shared = {"container": "172.17.0.2", "bridge": "docker0", "mode": "nat"}
    assert node1["docker"]["published"] == [
        {"host_port": 5353, "port": 53, "protocol": "udp", "address": "127.0.0.1"} | shared
    ]
    assert "name_server" not in node1


def test_it_is_a_json_document() -> None:
    document = inventory(world_of(DUAL))
    assert json.loads(json.dumps(document)) == document
