"""The way a packet took is told where it left its path: a wrong route, a wrong gateway, an address led elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from paths import KINDS, follow, overlay, row, there_and_back

from namespaces import Namespaces
from vethlab.outcome import Reached, Timeout
from vethlab.probe import capture, observe, trace
from vethlab.report import sentence, strayed
from vethlab.row import Hop, Observation, Probe, Row, Step


def told(netns: Namespaces, asked: Row, path: list[Hop]) -> list[str | None]:
    """What the report says of a row that timed out, and how far the packet came off its path."""
    trail = follow(netns, asked, path, 0.4)
    found = Observation(asked, Timeout(), trace=trail.trace, way=trail.way)
    return [sentence(found), strayed(found)]


def hops(steps: tuple[Step, ...]) -> list[Hop]:
    """Every hop once, where a packet came in by it and went out again."""
    return [h for i, h in enumerate(s.hop for s in steps) if i == 0 or h != steps[i - 1].hop]


@pytest.mark.parametrize("kind", KINDS)
def test_a_way_without_fault_is_the_path(netns: Namespaces, kind: str) -> None:
    path = overlay(netns)
    way = follow(netns, row(kind, "10.244.2.2"), path).way
    assert hops(way) == path
    assert [s.leaving for s in way] == [True, False, False, True, True, False, False, True, True, False] * 2


def crossroads(netns: Namespaces) -> list[Hop]:
    """From a over r to b; c is another way on from r, and e another way on from a."""
    netns.node("a", "r", "b", "c", "e")
    netns.cable("a", "eth0", "r", "eth0", "10.0.0.1/24", "10.0.0.254/24")
    netns.cable("a", "eth1", "e", "eth0", "10.9.0.1/24", "10.9.0.254/24")
    netns.cable("r", "eth1", "b", "eth0", "10.1.0.254/24", "10.1.0.2/24")
    netns.cable("r", "eth2", "c", "eth0", "10.2.0.254/24", "10.2.0.2/24")
    for name, gateway in (("a", "10.0.0.254"), ("b", "10.1.0.254"), ("c", "10.2.0.254"), ("e", "10.9.0.1")):
        netns.route(name, f"default via {gateway}")
    netns.forward("r")
    netns.serve("b")
    netns.serve("c")
    netns.settle(row("icmp", "10.1.0.2"), row("icmp", "10.2.0.2"), row("icmp", "10.9.0.254"))
    return there_and_back("a eth0", "r eth0", "r eth1", "b eth0")


TURNS: list[tuple[Callable[[Namespaces], object], str, str | None]] = [
    (
        lambda netns: netns.route("r", "10.1.0.2/32 via 10.2.0.2"),
        "the packet left r by eth2, where eth1 was expected",
        "the packet was last seen at c:eth0",
    ),
    (
        lambda netns: netns.ip("a", "route replace default via 10.9.0.254"),
        "the packet left a by eth1, where eth0 was expected",
        "the packet was last seen at e:eth0",
    ),
    (
        lambda netns: netns.nft("r", "prerouting", "ip daddr 10.1.0.2 dnat ip to 10.2.0.2", "nat", -100),
        "the packet left r by eth2, where eth1 was expected",
        "the packet was last seen at c:eth0",
    ),
    (
        lambda netns: (
            netns.route("r", "10.1.0.2/32 via 10.2.0.2 table 7"),
            netns.ip("r", "rule add iif eth0 table 7"),
        ),
        "the packet left r by eth2, where eth1 was expected",
        "the packet was last seen at c:eth0",
    ),
    (
        lambda netns: netns.route("r", "10.0.0.1/32 via 10.2.0.2"),
        "the answer left r by eth2, where eth0 was expected",
        "the answer was last seen at c:eth0",
    ),
    (
        lambda netns: netns.ip("r", "link del eth1"),
        "r has no eth1",
        None,
    ),
]


@pytest.mark.parametrize(("turn", "said", "end"), TURNS, ids=["route", "gateway", "dnat", "rule", "answer", "missing"])
def test_a_wrong_turn_is_told(
    netns: Namespaces, turn: Callable[[Namespaces], object], said: str, end: str | None
) -> None:
    path = crossroads(netns)
    turn(netns)
    assert told(netns, row("udp", "10.1.0.2"), path) == [said, end]


def test_past_a_tunnel(netns: Namespaces) -> None:
    """The route into it is gone, and the default route leads on to the cable."""
    path = overlay(netns)
    netns.ip("h1", "route del 10.244.2.0/24", "route add default via 192.168.1.102")
    assert told(netns, row("tcp", "10.244.2.2"), path)[0] == "the packet left h1 by eth0, where flannel.1 was expected"
    netns.ip("h1", "link del flannel.1")
    said = told(netns, row("tcp", "10.244.2.2"), path)[0]
    assert said == "h1 has no flannel.1, and the packet left by eth0"


def test_a_tunnel_that_does_not_know_its_peer(netns: Namespaces) -> None:
    path = overlay(netns)
    netns.run("h1", "sh", "-c", "bridge fdb del 0e:00:00:00:04:02 dev flannel.1 dst 192.168.1.102")
    assert told(netns, row("icmp", "10.244.2.2"), path) == [
        "the packet left h1:flannel.1 and was never seen at h1:eth0",
        None,
    ]


def test_what_a_bridge_floods_is_no_wrong_turn(netns: Namespaces) -> None:
    """b's port is out of the bridge, which does not know b any more and sends its frames to everybody else."""
    path = overlay(netns)
    netns.node("other")
    netns.ip(
        "h2",
        f"link add veth1 type veth peer name eth0 netns {netns.pids['other']}",
        "link set veth1 master cni0 up",
    )
    netns.ip("other", "addr add 10.244.2.9/24 dev eth0", "link set eth0 up")
    netns.settle(Row("other", "h2", Probe("icmp", "10.244.2.1"), Reached()))
    (link,) = json.loads(netns.run("b", "ip", "-j", "link", "show", "eth0"))
    netns.ip(
        "h2", "link set veth0 nomaster", f"neigh replace 10.244.2.2 lladdr {link['address']} dev cni0 nud permanent"
    )
    with capture(netns.pids["other"], "eth0") as flooded:
        assert told(netns, row("icmp", "10.244.2.2"), path) == [
            "the packet left h2:cni0 and was never seen at h2:veth0",
            None,
        ]
        assert any(p.stray and p.icmp for p in flooded)


def test_what_comes_by_a_port_for_the_bridge_has_come(netns: Namespaces) -> None:
    """r's eth0 is in a bridge with a MAC and an address of its own, as a virtual switch has its uplinks."""
    path = crossroads(netns)
    netns.ip(
        "r",
        "addr flush dev eth0",
        "link add br-ex address 0e:00:00:00:00:fe type bridge",
        "link set eth0 master br-ex",
        "addr add 10.0.0.254/24 dev br-ex",
        "link set br-ex up",
    )
    netns.ip("a", "neigh flush dev eth0")
    netns.settle(row("icmp", "10.1.0.2"))
    trail = follow(netns, row("icmp", "10.1.0.2"), path)
    assert [s.seen for s in trail.trace] == [True] * 8
    assert Step(Hop("r", "br-ex"), leaving=False) in trail.way


def test_without_a_path_the_way_is_told_as_well(netns: Namespaces) -> None:
    crossroads(netns)
    netns.nft("b", "input", "drop")
    asked = row("icmp", "10.1.0.2")
    assert told(netns, asked, []) == ["the packet was last seen at b:eth0", None]


def test_many_at_once_are_told_apart(netns: Namespaces) -> None:
    path = crossroads(netns)
    asked = [(row(kind, "10.1.0.2"), path) for kind in KINDS for _ in range(4)]
    assert all(o.met for o in observe([r for r, _ in asked], netns.pids))
    for trail in trace(asked, netns.pids):
        assert hops(trail.way) == path
