"""Which Docker does what, and which engine is taken."""

from __future__ import annotations

from typing import get_args

import pytest

from vethlab import dockerd
from vethlab.addressing import lay_out
from vethlab.cli import verb
from vethlab.container_life import Run
from vethlab.docker_inventory import container_id
from vethlab.docker_versions import CHANGES, generation, has
from vethlab.dockerd import choice
from vethlab.emulated.documents import Standing, container_document, network_document
from vethlab.errors import MachineError
from vethlab.load import load, parse
from vethlab.matrix import rows
from vethlab.model import Engine, EngineVersion
from vethlab.outcome import Timeout, Unreachable

INTERNAL = """
name: w
switches: {lan: {subnets: [192.168.1.0/24]}, isp: {subnets: [203.0.113.0/24], outside: true}}
nodes:
  node1: {links: [lan]}
  router: {role: router, links: [lan, isp]}
  web: {role: outside, links: [isp], runs: [echo]}
docker: {networks: {back: {internal: true}}}
containers: {db: {networks: [back]}}
expect: [{from: db, to: web, icmp: true, outcome: unreachable}]
"""


@pytest.mark.parametrize(
    ("version", "expected"),
    [("20.10.24", "20.10"), ("24.0.7", "20.10"), ("26.1.5", "26"), ("27.5", "27"), ("28.5.2", "28")],
)
def test_an_engine_falls_under_the_version_it_behaves_as(version: str, expected: str) -> None:
    assert generation(version) == expected


def test_every_change_is_there_from_its_version_on() -> None:
    for name, change in CHANGES.items():
        assert has(change.since, name)
        assert has("28", name)
        assert not has("20.10", name)


def test_what_the_author_expects_of_28_is_expected_of_20_10_as_that_does_it() -> None:
    topology = parse(INTERNAL.encode())
    (named,) = [r for r in rows(topology, lay_out(topology)) if r.authority == "author"]
    assert named.expected == Unreachable()
    older = [
        r for r in rows(topology, lay_out(topology, "20.10")) if (r.source, r.probe) == (named.source, named.probe)
    ]
    assert [(r.expected, r.authority) for r in older] == [(Timeout(), "prediction")]


PRIORITY = """
name: w
switches: {lan: {subnets: [192.168.1.0/24]}}
nodes: {node1: {links: [lan]}}
docker: {networks: {a: {}, b: {}, shut: {internal: true}}}
containers: {c: {networks: [a, {name: b, gateway_priority: 1, aliases: [x]}]}}
"""


@pytest.mark.parametrize(("version", "network"), [("20.10", "a"), ("27", "a"), ("28", "b")])
def test_a_gateways_priority_counts_where_the_engine_knows_of_it(version: EngineVersion, network: str) -> None:
    found = lay_out(parse(PRIORITY.encode()), version).sandboxes["c"]
    assert [n.network for n in found.nics if n.gateways] == [network]


@pytest.mark.parametrize(
    ("version", "aliases", "names", "priority"),
    [
        ("20.10", ["x", "ID"], None, None),
        ("26", ["x"], ["c", "x", "ID"], None),
        ("28", ["x"], ["c", "x", "ID"], 1),
    ],
)
def test_docker_inspect_has_the_keys_of_its_version(
    version: EngineVersion, aliases: list[str], names: list[str] | None, priority: int | None
) -> None:
    lab = lay_out(parse(PRIORITY.encode()), version)
    identity = container_id(lab.sandboxes["c"])[:12]
    shown = container_document(lab, lab.sandboxes["c"], Standing(Run(), started=0.0))["NetworkSettings"]["Networks"][
        "b"
    ]
    told = [[n.replace(identity, "ID") for n in shown[k]] if k in shown else None for k in ("Aliases", "DNSNames")]
    assert (told, shown.get("GwPriority")) == ([aliases, names], priority)


@pytest.mark.parametrize(("version", "shown"), [("20.10", True), ("26", True), ("27", False), ("28", False)])
def test_an_internal_networks_gateway_is_shown_until_27(version: EngineVersion, shown: bool) -> None:
    lab = lay_out(parse(PRIORITY.encode()), version)
    (pool,) = network_document(lab, "node1", lab.machines["node1"].network("shut"), 0.0)["IPAM"]["Config"]
    assert ("Gateway" in pool) == shown


@pytest.mark.parametrize(
    ("version", "subnets", "address"),
    [
        ("27", '172.17.0.0/16, "fd00::/64"', "fd00::242:ac11:2"),
        ("27", '"fd00::/80", 172.17.0.0/16', "fd00::242:ac11:2"),
        ("27", '172.17.0.0/16, "fd00::/96"', "fd00::2"),
        ("28", '172.17.0.0/16, "fd00::/64"', "fd00::2"),
    ],
)
def test_ipv6_on_docker0_is_of_the_mac_until_28(version: EngineVersion, subnets: str, address: str) -> None:
    text = f"""
name: six
switches: {{lan: {{subnets: [192.168.1.0/24]}}}}
nodes: {{node1: {{links: [lan]}}}}
docker: {{subnets: [{subnets}]}}
containers: {{c: {{node: node1}}}}
"""
    lab = lay_out(parse(text.encode()), version)
    assert {str(a.ip) for a in lab.sandboxes["c"].addresses} == {"172.17.0.2", address}


def test_without_its_programs_auto_is_emulated_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice.programs, "search_path", lambda: "/nowhere")
    chosen = dockerd.choose(load("single-host-docker"), "auto")
    assert chosen.topology.docker
    assert chosen.topology.docker.engine == "emulated"
    assert "this machine has no dockerd" in chosen.said
    with pytest.raises(MachineError, match="no dockerd"):
        dockerd.choose(load("single-host-docker"), "dockerd")


def test_the_command_line_takes_what_a_topology_takes() -> None:
    assert (get_args(Engine), get_args(EngineVersion)) == (verb.ENGINES, verb.VERSIONS)


def test_a_topology_without_docker_has_nothing_to_choose() -> None:
    assert dockerd.choose(load("two-node-pods"), "auto", "20.10").topology.docker is None


def test_containers_have_an_engine_that_can_be_chosen_whatever_the_file_says() -> None:
    """Of containers alone Docker follows: its key may be absent."""
    plain = load("two-node-pods").model_copy(update={"containers": load("single-host-docker").containers})
    chosen = dockerd.choose(plain, "emulated", "20.10")
    assert chosen.topology.docker
    assert (chosen.topology.docker.engine, chosen.version) == ("emulated", "20.10")


def test_the_real_engine_has_the_version_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "why_not", lambda: None)
    monkeypatch.setattr(choice, "version", lambda: "24.0.7")
    assert dockerd.choose(load("single-host-docker"), "dockerd", "20.10").version == "20.10"
    with pytest.raises(MachineError, match=", and 28 was asked for"):
        dockerd.choose(load("single-host-docker"), "dockerd", "28")
    chosen = dockerd.choose(load("single-host-docker"), "auto", "28")
    assert (chosen.version, chosen.said) == ("28", "Docker is emulated: it is 24.0.7 here, and 28 was asked for")
