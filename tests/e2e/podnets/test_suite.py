"""The pod suite: the same of every pod network."""

from __future__ import annotations

import re

import pytest
from networks import Network

from namespaces import eventually
from vethlab.client import call
from vethlab.outcome import Http, PathMtu, Reached, Refused, Timeout, Unreachable
from vethlab.probe.packet import Packet
from vethlab.running import RunningLab, Seen


def own(lab: RunningLab, name: str, version: int = 4) -> str:
    return lab.address(name, version)


def node_of(lab: RunningLab, name: str) -> str:
    return lab.world.sandboxes[name].node


def ping(lab: RunningLab, source: str, target: str, size: int) -> bool:
    """One whole packet of `size` bytes, header included, by ping(8); True when it is answered."""
    argv = ["ping", "-c1", "-W2", "-n", "-M", "do", "-s", str(size - 28), lab.address(target)]
    return lab.run(source, *argv, check=False).returncode == 0


def denied(seen: Seen) -> bool:
    """Measured, and no answer: how it is lost depends on who knows the way."""
    return seen in (Timeout(), Unreachable())


def versions(lab: RunningLab) -> set[int]:
    return {a.version for a in lab.world.sandboxes["pod1"].addresses}


def test_everything_predicted_comes_to_pass(lab: RunningLab) -> None:
    """Every pair by every probe: pods, nodes, the outside; both families where there are two."""
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0
    assert verdict.summary.total >= 250


def test_pods_are_seen_as_themselves_by_pods(lab: RunningLab, network: Network) -> None:
    for version in versions(lab):
        for target in (network.near, network.far):
            assert lab.probe("pod1", target, tcp=7, version=version) == Reached(own(lab, "pod1", version), target)
            assert lab.probe("pod1", target, udp=7, version=version) == Reached(own(lab, "pod1", version), target)
            assert lab.probe("pod1", target, tcp=9, version=version) == Refused()


def test_pods_are_their_host_beyond_the_cluster(lab: RunningLab, network: Network) -> None:
    host, other = node_of(lab, "pod1"), node_of(lab, network.far)
    for version in versions(lab):
        assert lab.probe("pod1", "web", tcp=7, version=version) == Reached(own(lab, host, version), "web")
        assert lab.probe("pod1", other, tcp=7, version=version) == Reached(own(lab, host, version), other)
        assert lab.probe("pod1", host, tcp=7, version=version) == Reached(own(lab, "pod1", version), host)


def test_nodes_reach_pods(lab: RunningLab, network: Network) -> None:
    for version in versions(lab):
        for target in ("pod1", network.far):
            assert lab.probe("node1", target, tcp=7, version=version) == Reached(identity=target)
    assert denied(lab.probe("web", "pod1", tcp=7))


def test_what_passes_and_one_byte_more(lab: RunningLab, network: Network) -> None:
    for version in versions(lab):
        assert lab.probe("pod1", network.far, mtu=True, version=version) == PathMtu(network.mtu)
        assert lab.probe("pod1", network.near, mtu=True, version=version) == PathMtu(network.mtu)
    assert ping(lab, "pod1", network.far, network.mtu)
    assert not ping(lab, "pod1", network.far, network.mtu + 1)


def test_large_datagrams_are_fragmented_and_put_together(lab: RunningLab, network: Network) -> None:
    """Four fragments each way, with DF clear; the pod sees the parts, ping(8) the whole."""
    argv = ["ping", "-W2", "-n", "-M", "dont", "-s", str(3 * network.mtu + 100), lab.address(network.far)]
    lab.run("pod1", *argv, "-c1", check=False)  # a switch that has not met such parts may lose some while it learns
    with lab.capture(network.far, "eth0") as packets:
        said = lab.run("pod1", *argv, "-c3", check=False).stdout
    assert " 3 received" in said, said
    pods = {lab.address("pod1"), lab.address(network.far)}
    parts = [p for p in packets if p.ip and {p.ip.src, p.ip.dst} == pods and fragment(p)]
    assert len(parts) >= 3 * 2 * 4


def fragment(packet: Packet) -> bool:
    """More fragments follow, or others went before (RFC 791, section 3.1)."""
    flags_and_offset = int.from_bytes(packet.frame[20:22], "big")
    return bool(flags_and_offset & 0x3FFF)


def test_a_smaller_link_is_discovered(lab: RunningLab, network: Network) -> None:
    """RFC 1191: the router before it says how much it takes, and the sender remembers. A bridge cannot say anything."""
    pods = lab.world.machines["node1"].pods
    assert pods
    if pods.wiring in ("flat", "switch"):
        pytest.skip("one segment from pod to pod: there is no router that could say what the next link takes")
    device = next((v.name for v in pods.vteps if v.address.version == 4), "eth0")
    before, smaller = lab.run("node1", "cat", f"/sys/class/net/{device}/mtu").stdout.strip(), network.mtu - 100
    lab.run("node1", "ip", "link", "set", device, "mtu", str(smaller))
    try:
        assert not ping(lab, "pod2", network.far, network.mtu)
        route = lab.run("pod2", "ip", "route", "get", lab.address(network.far)).stdout
        assert re.search(rf"mtu {smaller}\b", route), route
        assert ping(lab, "pod2", network.far, smaller)
    finally:
        lab.run("node1", "ip", "link", "set", device, "mtu", before)
        lab.run("pod2", "ip", "route", "flush", "cache")


def test_a_node_dies_and_the_others_go_on_and_it_boots_and_joins_again(lab: RunningLab, network: Network) -> None:
    """Without power, then forgotten by the others, then there again with its pods: as if nothing had been."""
    left = node_of(lab, network.far)
    others = [h.name for h in lab.world.hosts() if h.name != left]
    prefix = str(lab.world.machines[left].addresses[0])
    lab.run("capsule", "kill", "-9", str(lab.state.places[left].pid))
    # the kernel takes its network namespaces apart when it comes to it, and a busy one does so later
    eventually(lambda: denied(lab.probe("pod1", network.far, tcp=7)), 30.0)
    the_others_go_on(lab, network, others)
    lab.converge(without=[left])
    try:
        the_others_go_on(lab, network, others)
        assert {name: found for name in others if (found := known(lab, name, prefix))} == {}
    finally:
        call(lab.registered, "/recreate", {"name": left})
    test_everything_predicted_comes_to_pass(lab)
    nodes = lab.converge(diff=True)["nodes"]
    assert {name: node["changes"] for name, node in nodes.items() if node["changes"]} == {}


def the_others_go_on(lab: RunningLab, network: Network, others: list[str]) -> None:
    assert denied(lab.probe("pod1", network.far, tcp=7))
    for pod in (next(s.name for s in lab.world.on(name) if s.name != "pod1") for name in others):
        assert lab.probe("pod1", pod, tcp=7) == Reached(own(lab, "pod1"), pod)


def known(lab: RunningLab, node: str, underlay: str) -> list[str]:
    """Routes, forwarding entries, ports and files of peers that lead to an underlay address."""
    commands = "ip route show; bridge fdb show; cat /etc/pod-forwarder/*.peers 2>/dev/null; ovs-vsctl list interface"
    told = lab.run(node, "sh", "-c", f"{commands} 2>/dev/null; true").stdout
    return [line for line in told.splitlines() if re.search(rf"\b{re.escape(underlay)}\b", line)]


def test_a_port_of_a_host_leads_to_a_pod(lab: RunningLab, network: Network) -> None:
    """From outside and from other hosts, whoever asks is seen; from its own host and prefix the NAT stands between."""
    shop = lab.world.sandboxes.get("shop")
    if shop is None:
        pytest.skip("host ports need CNI plugins, and this network plugs its pods in itself")
    host, gateway = own(lab, shop.node), str(shop.gateways[0])
    seen = {"web": own(lab, "web"), node_of(lab, network.far): own(lab, node_of(lab, network.far)), shop.node: host}
    seen |= {network.far: own(lab, node_of(lab, network.far)), network.near: gateway, "shop": gateway}
    for source, address in seen.items():
        assert lab.probe(source, host, http=8080) == Http(200, address, "shop")
    assert lab.probe(shop.node, "127.0.0.1", http=8080) == Http(200, gateway, "shop")
    assert lab.probe("web", node_of(lab, network.far), tcp=8080) == Refused()


#: One network of each way a pod hangs on its host sees a hundred; the others are the same code and see ten.
MANY = {"flannel-vxlan", "calico-bgp", "geneve"}


def test_pods_come_and_go_without_a_trace(lab: RunningLab, network: Network) -> None:
    """Routes, interfaces, ports, rules and written-down neighbours are what they were; and the last pod works."""
    before = {h.name: left_behind(lab, h.name) for h in lab.world.hosts()}
    pods = list(lab.world.sandboxes)
    for number in range(100 if network.name in MANY else 10):
        call(lab.registered, "/recreate", {"name": pods[number % len(pods)]})
    assert {name: left_behind(lab, name) for name in before} == before
    for target in (network.near, network.far):
        assert lab.probe("pod1", target, tcp=7) == Reached(own(lab, "pod1"), target)


def left_behind(lab: RunningLab, node: str) -> list[str]:
    """Without what differs from one pod to its like: MACs, names of veth ends, indexes, counters, what was learned."""
    commands = (
        "ip -o link show | awk -F': ' '{print $2}' | cut -d@ -f1",
        "ip route show",
        "ip -6 route show",
        "bridge fdb show | grep ' dst ' | grep permanent",
        "ip neigh show nud permanent",
        "iptables-save | grep '^-A'",
        "ls /var/lib/cni/results /var/lib/cni/networks/pods 2>/dev/null | grep -v last_reserved",
        "ovs-vsctl list-ports br-int 2>/dev/null",
    )
    told = lab.run(node, "sh", "-c", "; ".join(commands), check=False).stdout
    return sorted(re.sub(r"\bveth[0-9a-f]+", "veth", line) for line in told.splitlines())
