"""Loading: where files are found, what bytes are refused, and what a file means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vethlab.assets import asset, shipped_topologies
from vethlab.errors import InputError, Problem
from vethlab.load import find, load, parse, schema
from vethlab.model import Docker, PodNetwork
from vethlab.yaml_source import MAX_BYTES

GOOD = (asset("topologies") / "three-node-dual-stack.yml").read_bytes()
SMALL = b"name: small\nswitches: {lan: {subnets: [192.168.1.0/24]}}\nnodes: {node1: {links: [lan]}}\n"


def told(content: bytes) -> str:
    with pytest.raises(InputError) as raised:
        parse(content, "f.yml")
    return str(raised.value)


@pytest.mark.parametrize("name", shipped_topologies())
def test_shipped_topologies_load_by_name_and_by_path(name: str) -> None:
    assert load(name) == load(str(shipped_topologies()[name]))
    assert load(name).name == name


def test_shipped_are_the_promised_ones() -> None:
    promised = {"single-host-docker", "two-node-pods", "three-node", "three-node-dual-stack", "two-rack", "scale-100"}
    assert promised <= set(shipped_topologies())


def test_unknown_name_names_the_nearest() -> None:
    with pytest.raises(InputError) as raised:
        find("thre-node")
    assert str(raised.value) == "there is no topology 'thre-node'; did you mean 'three-node'?"


def test_missing_file_names_the_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_bytes(SMALL)
    with pytest.raises(InputError) as raised:
        find(f"{tmp_path}/mien.yml")
    assert str(raised.value) == f"there is no file '{tmp_path}/mien.yml'; did you mean '{tmp_path}/mine.yml'?"


@pytest.mark.parametrize("name", ["", "\0", "x" * 5000, "no/such/dir/three-node.yml", "~"])
def test_odd_names_are_no_files(name: str) -> None:
    with pytest.raises(InputError, match="there is no"):
        load(name)


def test_directory_is_no_topology(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file cannot be read: is a directory"):
        load(str(tmp_path))


def test_endless_file_ends() -> None:
    with pytest.raises(InputError, match="larger than 1 MiB"):
        load("/dev/zero")


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"---\n", b"~", b"\xef\xbb\xbf"])
def test_empty(content: bytes) -> None:
    assert told(content) == "f.yml:1:1: the file is empty: a topology has at least a name, switches and nodes"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: caf\xe9\n", "f.yml:1:10: the file is not UTF-8: byte 0xe9 is not text"),
        ("name: é\ntitle: ".encode() + b"\xff", "f.yml:2:8: the file is not UTF-8: byte 0xff is not text"),
        (b"name: x\ntitle: a\0b\n", "f.yml:2:9: character U+0000 is not allowed in YAML"),
        (b"[" * 40, "f.yml:1:33: values are nested more than 32 deep here"),
        (b"[" * 500_000, "f.yml:1:33: values are nested more than 32 deep here"),
        (b" " * (MAX_BYTES + 1), "f.yml: the file is larger than 1 MiB: that is no topology"),
    ],
    ids=["latin-1", "binary", "null byte", "deep", "very deep", "huge"],
)
def test_unreadable(content: bytes, message: str) -> None:
    assert told(content) == message


def test_alias_bomb_is_defused() -> None:
    """Nine levels of nine would be 387 million values (the "billion laughs")."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert "more than 50000 values, counting what aliases repeat" in told("\n".join(lines).encode())


def test_columns_count_characters_and_not_bytes() -> None:
    assert told(SMALL + "title: {é: 1, ü: 2}\n".encode()) == "f.yml:4:8: text was expected, not a mapping"
    text = SMALL.replace(b"links: [lan]", '"é": 1, links: [lna]'.encode())
    assert "f.yml:3:33: unknown switch 'lna'" in told(text)


def test_yaml_1_2_scalars() -> None:
    """In YAML 1.1, 22:53 would be 1373, no would be false, 010 would be 8."""
    extra = b"title: no\ndocker: {mtu: 01500}\ncontainers: {c: {publish: [22:53, 8080:80/tcp]}}\n"
    topology = parse(SMALL + extra)
    assert topology.title == "no"
    assert topology.docker == Docker(mtu=1500)
    assert list(map(str, topology.containers["c"].publish)) == ["22:53/tcp", "8080:80/tcp"]


def test_defaults_are_filled_in() -> None:
    topology = parse(SMALL + b"containers: {c: {}}\npods: {p: {}}\n")
    assert topology.docker == Docker()
    assert topology.pod_network == PodNetwork()
    assert parse(SMALL).docker is None


def test_pods_of_an_ipv6_world_get_an_ipv6_network() -> None:
    topology = parse(SMALL.replace(b"192.168.1.0/24", b"'fd00::/64'") + b"pods: {p: {}}\n")
    assert topology.pod_network
    assert [str(c) for c in topology.pod_network.cidrs] == ["fd00:10:244::/48"]


def test_anchors_may_be_used() -> None:
    topology = parse(SMALL.replace(b"{links: [lan]}", b"&n {links: [lan]}, node2: *n"))
    assert topology.nodes["node1"] == topology.nodes["node2"]


def test_all_problems_at_once_in_the_order_of_the_file() -> None:
    text = SMALL.replace(b"links: [lan]", b"links: [lna], roll: host") + b"docker: {mtu: big}\nfoo: 1\n"
    assert told(text).splitlines() == [
        "f.yml:3:25: unknown switch 'lna', did you mean 'lan'?",
        "f.yml:3:31: unknown key 'roll', did you mean 'role'?",
        "f.yml:4:15: a whole number was expected, not 'big'",
        "f.yml:5:1: unknown key 'foo'; "
        "there is cni, containers, dns, docker, expect, name, nodes, pod_network and 3 more",
    ]


def test_schema_knows_the_words_of_the_file() -> None:
    document = schema()
    assert {"switches", "nodes", "expect"} <= set(document["properties"])
    assert "from" in document["$defs"]["Expectation"]["properties"]


@pytest.mark.parametrize(
    ("model", "key"), [("Node", "links"), ("Pod", "publish"), ("Expectation", "from"), ("Link", "rate")]
)
def test_schema_allows_the_short_forms(model: str, key: str) -> None:
    """An editor must not underline `links: [lan]`, which is a string for a link."""
    shape = schema()["$defs"][model]["properties"][key]
    words = json.dumps(shape.get("items", shape))
    assert '{"type": "string"}' in words


def test_schema_allows_the_overlay_by_name() -> None:
    assert "flannel-vxlan" in json.dumps(schema()["$defs"]["PodNetwork"]["anyOf"][0])


def problems(content: bytes) -> tuple[Problem, ...]:
    """None for a topology; anything but an InputError fails the test."""
    try:
        parse(content)
    except InputError as error:
        return error.problems
    return ()


@given(st.binary(max_size=200))
def test_no_bytes_are_a_topology_by_chance(content: bytes) -> None:
    assert problems(content)


def _pieces() -> st.SearchStrategy[bytes]:
    words = [b"lan", b"node", b"node1", b"[", b"]", b"{", b"}", b": ", b"- ", b"\n", b"*a", b"&a ", b"~", b"!x ", b'"']
    odd = [b"-1", b"0", b"1e999", b".5", b"99999999999999999999", b"0x10", b"::", b"10.0.0.0/8", b"all", b"dns", b"\t"]
    return st.one_of(st.sampled_from(words + odd), st.binary(max_size=4))


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), _pieces()), min_size=1, max_size=4))
def test_any_mutation_is_a_topology_or_an_input_error(cuts: list[tuple[int, int, bytes]]) -> None:
    content = GOOD
    for start, length, piece in cuts:
        content = content[:start] + piece + content[start + length :]
    assert all(problem.line >= 1 for problem in problems(content))
