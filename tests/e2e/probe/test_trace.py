"""The trace names the hop, for a packet killed at each place: over a bridge, through NAT, through VXLAN."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dpkt
import pytest
from paths import KINDS, first, follow, overlay, row, there_and_back

from namespaces import Namespaces
from vethlab.errors import LabError
from vethlab.outcome import Answered, Http, PathMtu, Reached
from vethlab.probe import capture, first_unseen, observe
from vethlab.row import Hop, Probe, Row, Sighting


def bridged(netns: Namespaces) -> list[Hop]:
    """a and b on a bridge that is in the netns's own namespace, as a switch is."""
    netns.node("a", "b")
    netns.ip(None, "link add lan type bridge", "link set lan up")
    for name, number in (("a", 1), ("b", 2)):
        netns.ip(None, f"link add p{number} type veth peer name eth0 netns {netns.pids[name]}")
        netns.ip(None, f"link set p{number} master lan up")
        netns.ip(
            name,
            f"addr add 10.0.0.{number}/24 dev eth0",
            f"addr add fd00::{number}/64 dev eth0 nodad",
            "link set eth0 up",
        )
    netns.serve("b")
    netns.settle(row("icmp", "10.0.0.2"), row("icmp", "fd00::2"))
    return there_and_back("a eth0", "switch:lan p1", "switch:lan p2", "b eth0")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("address", ["10.0.0.2", "fd00::2"])
def test_over_a_bridge(netns: Namespaces, kind: str, address: str) -> None:
    path = bridged(netns)
    asked = row(kind, address)
    assert [s.seen for s in follow(netns, asked, path).trace] == [True] * 8
    netns.nft("b", "input", "meta l4proto { tcp, udp } drop")
    netns.nft("b", "input", "icmp type echo-request drop", priority=1)
    netns.nft("b", "input", "icmpv6 type echo-request drop", priority=2)
    assert first(netns, asked, path) == "b:eth0 (answer)"
    netns.ip(None, "link set p2 nomaster")
    assert first(netns, asked, path) == "switch:lan:p2"
    netns.nft("a", "output", "meta l4proto { tcp, udp, icmp, ipv6-icmp } drop")
    assert first(netns, asked, path) == "a:eth0"


def test_dns_http_and_mtu_are_traced_as_well(netns: Namespaces) -> None:
    path = bridged(netns)
    netns.start(
        "b", "dnsmasq", "--no-resolv", "--no-hosts", "--no-daemon", "--user=root", "--host-record=web.netns,10.1.1.1"
    )
    asked = [
        Row("a", "b", Probe("dns", "10.0.0.2", name="web.netns"), Answered("NOERROR")),
        Row("a", "b", Probe("http", "10.0.0.2", 80), Http(200)),
        Row("a", "b", Probe("mtu", "10.0.0.2"), PathMtu(1500)),
    ]
    netns.settle(*asked)
    for each in asked:
        assert first(netns, each, path) is None
    netns.ip(None, "link set p1 mtu 1300", "link set p2 mtu 1300")
    assert not observe(asked[2:], netns.pids, timeout=0.3)[0].met
    assert first(netns, asked[2], path) == "switch:lan:p1"


def test_a_refusal_is_an_answer(netns: Namespaces) -> None:
    """RST and ICMP port unreachable come back like any answer: the packet died nowhere."""
    path = bridged(netns)
    for kind in ("tcp", "udp"):
        assert first(netns, Row("a", "b", Probe(kind, "10.0.0.2", 9), Reached()), path) is None  # type: ignore[arg-type]


def test_hops_nobody_can_look_at(netns: Namespaces) -> None:
    path = bridged(netns)
    strange = [Hop("nobody", "eth0"), Hop("a", "veth7"), *path]
    found = follow(netns, row("tcp", "10.0.0.2"), strange).trace
    assert [s.seen for s in found] == [None] * 2 + [True] * 8
    assert first_unseen(found) is None
    assert [s.seen for s in follow(netns, Row("gone", "b", Probe("icmp", "10.0.0.2"), Reached()), path).trace] == [
        None
    ] * 8


def test_an_interface_that_is_not_there_is_where_it_ends(netns: Namespaces) -> None:
    path = overlay(netns)
    netns.ip("h2", "link del cni0")
    found = follow(netns, row("icmp", "10.244.2.2"), path, 0.4).trace
    assert first_unseen(found) == Hop("h2", "cni0")
    assert [s.hop for s in found if not s.there] == [Hop("h2", "cni0"), Hop("h2", "cni0", "back")]
    netns.ip("h1", "link del flannel.1")
    found = follow(netns, row("icmp", "10.244.2.2"), path, 0.4).trace
    assert Sighting(Hop("h1", "flannel.1"), False, there=False) in found
    assert first_unseen(found) == Hop("h1", "flannel.1")


@pytest.mark.parametrize("kind", KINDS)
def test_through_nat(netns: Namespaces, kind: str) -> None:
    """The source is masqueraded and the destination translated: nothing of the addresses is left at b."""
    netns.node("a", "r", "b")
    netns.cable("a", "eth0", "r", "eth0", "10.0.0.1/24", "10.0.0.254/24", "fd00::1/64", "fd00::fe/64")
    netns.cable("r", "eth1", "b", "eth0", "10.1.0.254/24", "10.1.0.2/24", "fd01::fe/64", "fd01::2/64")
    netns.route("a", "default via 10.0.0.254")
    netns.forward("r")
    netns.nft("r", "postrouting", "oif eth1 masquerade", kind="nat", priority=100)
    netns.nft("r", "prerouting", "ip daddr 10.0.0.254 dnat ip to 10.1.0.2", kind="nat", priority=-100)
    netns.serve("b")
    netns.settle(row("icmp", "10.0.0.254"))
    path = there_and_back("a eth0", "r eth0", "r eth1", "b eth0")
    asked = row(kind, "10.0.0.254")
    assert first(netns, asked, path) is None
    netns.nft("b", "output", "oif eth0 meta l4proto { tcp, udp, icmp } drop")
    assert first(netns, asked, path) == "b:eth0 (answer)"
    netns.nft("r", "forward", "iif eth0 drop")
    assert first(netns, asked, path) == "r:eth1"


KILLS: list[tuple[str, Callable[[Namespaces], object]]] = [
    ("h1:flannel.1", lambda netns: netns.nft("h1", "forward", "iif cni0 drop")),
    (
        "h1:eth0",
        lambda netns: netns.run(
            "h1", *["bridge", "fdb", "del", "0e:00:00:00:04:02", "dev", "flannel.1", "dst", "192.168.1.102"]
        ),
    ),
    ("h2:flannel.1", lambda netns: netns.nft("h2", "input", "udp dport 8472 drop")),
    ("h2:cni0", lambda netns: netns.nft("h2", "forward", "iifname flannel.1 drop")),
    ("b:eth0 (answer)", lambda netns: netns.nft("b", "input", "meta l4proto { tcp, udp, icmp } drop")),
    ("h2:flannel.1 (answer)", lambda netns: netns.nft("h2", "forward", "iif cni0 drop")),
    ("h1:cni0 (answer)", lambda netns: netns.nft("h1", "forward", "iifname flannel.1 drop")),
]


@pytest.mark.parametrize("kind", KINDS)
def test_through_vxlan(netns: Namespaces, kind: str) -> None:
    assert [s.seen for s in follow(netns, row(kind, "10.244.2.2"), overlay(netns)).trace] == [True] * 20


@pytest.mark.parametrize(("hop", "kill"), KILLS, ids=[k[0] for k in KILLS])
def test_killed_on_the_overlay(netns: Namespaces, hop: str, kill: Callable[[Namespaces], object]) -> None:
    path = overlay(netns)
    kill(netns)
    assert {first(netns, row(kind, "10.244.2.2"), path) for kind in KINDS} == {hop}


def test_capture_sees_the_tunnel_and_saves_it(netns: Namespaces) -> None:
    overlay(netns)
    file = Path("/run/h1.pcapng")
    with capture(netns.pids["h1"], "eth0", file=file) as seen:
        assert observe([row("tcp", "10.244.2.2")], netns.pids)[0].met
        carried = seen.wait(lambda p: p.inner and p.inner.tcp and p.inner.tcp.syn)
    assert carried
    assert carried.outgoing
    assert (carried.ip.src, carried.ip.dst, carried.udp.dport) == ("192.168.1.101", "192.168.1.102", 8472)
    assert carried.vxlan.vni == 1
    assert (carried.inner.ip.src, carried.inner.ip.dst, carried.inner.tcp.dport) == ("10.244.1.2", "10.244.2.2", 7)
    assert seen.dropped == 0
    with file.open("rb") as stream:
        saved = list(dpkt.pcapng.Reader(stream))
    assert [frame for _, frame in saved] == [p.frame for p in seen]
    assert [t for t, _ in saved] == pytest.approx([p.time for p in seen], abs=2e-6)  # pcapng keeps microseconds


def test_capture_of_what_is_not_there(netns: Namespaces) -> None:
    netns.node("a")
    with pytest.raises(LabError, match="no such interface"), capture(netns.pids["a"], "eth7"):
        pass
    with pytest.raises(LabError, match="process 99999 is gone"), capture(99999, "eth0"):
        pass


def test_capture_survives_its_interface(netns: Namespaces) -> None:
    bridged(netns)
    with capture(netns.pids["a"], "eth0") as seen:
        assert observe([row("icmp", "10.0.0.2")], netns.pids)[0].met
        netns.ip("a", "link del eth0")
        assert any(p.icmp and p.icmp.type == 8 for p in seen)
