"""Debian's own plugin binaries under the runtime: each is used, looked at in the kernel, and gone again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cluster import Node

from namespaces import Namespaces
from vethlab.errors import CniError

HOST_LOCAL: dict[str, Any] = {"type": "host-local", "ranges": [[{"subnet": "10.244.1.0/24"}]]}
BRIDGE: dict[str, Any] = {"type": "bridge", "bridge": "cni0", "isDefaultGateway": True, "mtu": 1450, "ipam": HOST_LOCAL}


def addresses(node: Node, place: str, interface: str = "eth0") -> list[str]:
    (link,) = node.ip(place, "address", "show", "dev", interface)
    return [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"] if a["scope"] == "global"]


def test_bridge_and_host_local(netns: Namespaces) -> None:
    node = Node(netns)
    network, pod = node.network(BRIDGE), node.pod("pod")
    result = node.runtime.add(network, pod)
    assert [str(ip.address) for ip in result.ips] == ["10.244.1.2/24"]
    assert addresses(node, "pod") == ["10.244.1.2/24"]
    assert addresses(node, "node", "cni0") == ["10.244.1.1/24"]
    netns.run("pod", "ping", "-c1", "-W2", "10.244.1.1")
    outside = result.outside()
    assert outside
    (link,) = node.ip("node", "link", "show", "dev", outside.name)
    assert (link["master"], link["mtu"]) == ("cni0", 1450)
    node.runtime.check(network, pod)
    netns.ip("pod", "route del default")
    with pytest.raises(CniError, match="plugin bridge CHECK"):
        node.runtime.check(network, pod)
    node.runtime.delete(network, pod)
    node.runtime.delete(network, pod)
    assert (node.ip("pod", "link", "show", "type", "veth"), node.leases()) == ([], set())


def test_the_bridge_keeps_its_mac_while_ports_come_and_go(netns: Namespaces) -> None:
    node = Node(netns)
    network = node.network(BRIDGE)

    def mac() -> str:
        return str(node.ip("node", "link", "show", "dev", "cni0")[0]["address"])

    node.runtime.add(network, node.pod("a"))
    before = mac()
    node.runtime.add(network, node.pod("b"))
    node.runtime.delete(network, node.pod("a"))
    assert mac() == before


def test_addresses_go_round_and_are_freed_without_a_namespace(netns: Namespaces) -> None:
    node = Node(netns)
    network = node.network(BRIDGE)
    given = [str(node.runtime.add(network, node.pod(name)).ips[0].address.ip) for name in ("a", "b")]
    assert given == ["10.244.1.2", "10.244.1.3"]
    gone = node.pod("a")
    node.runtime.delete(network, type(gone)("a", netns=""))
    assert node.leases() == {"10.244.1.3"}
    assert str(node.runtime.add(network, node.pod("c")).ips[0].address.ip) == "10.244.1.4"


def test_a_failed_add_gives_its_address_back(netns: Namespaces) -> None:
    """The interface is there already: the bridge fails after host-local has given an address."""
    node = Node(netns)
    network, pod = node.network(BRIDGE), node.pod("pod")
    netns.ip("pod", "link add eth0 type bridge")
    with pytest.raises(CniError, match=r"eth0.*already exists") as raised:
        node.runtime.add(network, pod)
    assert (raised.value.code, raised.value.plugin, raised.value.command) == (999, "bridge", "ADD")
    assert (node.leases(), node.store.attachments()) == (set(), [])


def test_an_exhausted_range_is_told_and_others_go_on(netns: Namespaces) -> None:
    node = Node(netns)
    two = {"subnet": "10.244.1.0/24", "rangeStart": "10.244.1.10", "rangeEnd": "10.244.1.11"}
    network = node.network(BRIDGE | {"ipam": HOST_LOCAL | {"ranges": [[two]]}})
    for name in ("a", "b"):
        node.runtime.add(network, node.pod(name))
    with pytest.raises(CniError, match=r"no IP addresses available in range set: 10\.244\.1\.10-10\.244\.1\.11"):
        node.runtime.add(network, node.pod("c"))
    assert node.ip("c", "link", "show", "type", "veth") == []
    netns.run("a", "ping", "-c1", "-W2", "10.244.1.11")
    (pool,) = node.store.pools()
    assert (pool.range.size, pool.free, pool.leaked) == (2, 0, ())


def test_a_leaked_lease_is_seen(netns: Namespaces) -> None:
    node = Node(netns)
    network = node.network(BRIDGE)
    node.runtime.add(network, node.pod("a"))
    store = Path("/var/lib/cni/networks/pods")
    (store / "10.244.1.77").write_text("long-gone\r\neth0")
    (pool,) = node.store.pools()
    assert [str(lease.address) for lease in pool.leases] == ["10.244.1.2", "10.244.1.77"]
    assert [(str(lease.address), lease.container_id) for lease in pool.leaked] == [("10.244.1.77", "long-gone")]
    assert pool.to_json()["free"] == 253 - 2


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("10.244.9.9", "10.244.9.9"), ("10.244.1.2", "10.244.1.2")],
)
def test_an_address_that_cannot_be_had(netns: Namespaces, wanted: str, words: str) -> None:
    """Outside of the range, or another's: the plugin says which."""
    node = Node(netns)
    network = node.network(BRIDGE | {"capabilities": {"ips": True}})
    node.runtime.add(network, node.pod("a", ips=["10.244.1.2"]))
    with pytest.raises(CniError, match=words):
        node.runtime.add(network, node.pod("b", ips=[wanted]))
    assert node.leases() == {"10.244.1.2"}


def test_ptp_and_macvlan_and_static_and_loopback(netns: Namespaces) -> None:
    node = Node(netns)
    ptp = node.network({"type": "ptp", "ipam": HOST_LOCAL | {"routes": [{"dst": "0.0.0.0/0"}]}})
    node.runtime.add(ptp, node.pod("a"))
    netns.run("a", "ping", "-c1", "-W2", "10.244.1.1")
    node.runtime.check(ptp, node.pod("a"))
    node.runtime.delete(ptp, node.pod("a"))
    assert node.ip("node", "route", "show", "10.244.1.2") == []

    netns.ip("node", "link add up0 type veth peer name up1", "link set up0 up", "link set up1 up")
    static = {"type": "static", "addresses": [{"address": "10.9.0.7/24", "gateway": "10.9.0.1"}]}
    macvlan = node.network({"type": "macvlan", "master": "up0", "mode": "bridge", "ipam": static})
    assert [str(ip.address) for ip in node.runtime.add(macvlan, node.pod("b")).ips] == ["10.9.0.7/24"]
    (link,) = node.ip("b", "-details", "link", "show", "dev", "eth0")
    assert link["linkinfo"]["info_data"]["mode"] == "bridge"
    node.runtime.check(macvlan, node.pod("b"))
    node.runtime.delete(macvlan, node.pod("b"))
    assert node.ip("b", "link", "show", "type", "macvlan") == []

    netns.ip("b", "link set lo down")
    loopback = node.network({"type": "loopback"})
    lo = node.pod("b")
    node.runtime.add(loopback, type(lo)("b", lo.netns, "lo"))
    assert "UP" in node.ip("b", "link", "show", "dev", "lo")[0]["flags"]


def test_tuning_firewall_and_bandwidth_in_a_chain(netns: Namespaces) -> None:
    node = Node(netns)
    tuning = {"type": "tuning", "capabilities": {"mac": True}, "sysctl": {"net.ipv4.conf.eth0.arp_filter": "1"}}
    firewall = {"type": "firewall", "backend": "iptables"}
    bandwidth = {"type": "bandwidth", "capabilities": {"bandwidth": True}}
    network = node.network(BRIDGE, tuning, firewall, bandwidth)
    rate = {"ingressRate": 8_000_000, "ingressBurst": 1_000_000, "egressRate": 4_000_000, "egressBurst": 1_000_000}
    pod = node.pod("pod", mac="02:11:22:33:44:66", bandwidth=rate, portMappings=[])
    result = node.runtime.add(network, pod)
    inside, outside = result.inside(), result.interfaces[1]
    assert inside
    assert inside.mac == "02:11:22:33:44:66"
    assert node.ip("pod", "link", "show", "dev", "eth0")[0]["address"] == "02:11:22:33:44:66"
    assert netns.run("pod", "cat", "/proc/sys/net/ipv4/conf/eth0/arp_filter").strip() == "1"
    assert "-A CNI-FORWARD -s 10.244.1.2/32 -j ACCEPT" in netns.run("node", "iptables", "-S")
    shaped = json.loads(netns.run("node", "tc", "-json", "qdisc", "show", "dev", outside.name))
    assert [q["options"]["rate"] for q in shaped if q["kind"] == "tbf"] == [1_000_000]
    netns.run("pod", "ping", "-c1", "-W2", "10.244.1.1")
    node.runtime.check(network, pod)
    netns.run("node", "iptables", "-D", "CNI-FORWARD", "-s", "10.244.1.2/32", "-j", "ACCEPT")
    with pytest.raises(CniError, match="plugin firewall CHECK"):
        node.runtime.check(network, pod)
    node.runtime.delete(network, pod)
    assert "10.244.1.2" not in netns.run("node", "iptables", "-S")
    assert node.ip("node", "link", "show", "type", "ifb") == []


def test_portmap_leads_a_port_of_the_node_to_the_pod(netns: Namespaces) -> None:
    node = Node(netns)
    portmap = {"type": "portmap", "capabilities": {"portMappings": True}}
    network = node.network(BRIDGE | {"hairpinMode": True}, portmap)
    pod = node.pod("pod", portMappings=[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}])
    node.runtime.add(network, pod)
    netns.node("client")
    netns.cable("client", "eth0", "node", "eth0", "192.168.1.9/24", "192.168.1.101/24")
    netns.forward("node")
    netns.serve("pod", http=(80,))
    for place, at in (("client", "192.168.1.101"), ("node", "127.0.0.1"), ("pod", "192.168.1.101")):
        answer = json.loads(netns.run(place, "curl", "-s", "-m", "3", f"http://{at}:8080/"))
        assert answer["source"] == {"client": "192.168.1.9", "node": "10.244.1.1", "pod": "10.244.1.1"}[place]
    node.runtime.delete(network, pod)
    assert "10.244.1.2" not in netns.run("node", "iptables", "-t", "nat", "-S")


def test_an_unknown_plugin_behind_a_good_one_leaves_nothing(netns: Namespaces) -> None:
    node = Node(netns)
    network = node.network(BRIDGE, {"type": "nope"})
    with pytest.raises(CniError, match=r'failed to find plugin "nope" in path'):
        node.runtime.add(network, node.pod("pod"))
    assert node.leases() == set()
    assert node.ip("pod", "link", "show", "type", "veth") == []


def test_what_the_binaries_speak(netns: Namespaces) -> None:
    """GC and STATUS came with 1.1.0, which Debian 12's do not speak: they say so, with code 1."""
    node = Node(netns)
    found = node.runtime.versions(node.network(BRIDGE))
    assert {"0.3.1", "0.4.0", "1.0.0"} <= set(found["bridge"])
    new = node.network(BRIDGE, version="1.1.0")
    if "1.1.0" in found["bridge"]:
        assert node.runtime.status(new) is None
        return
    with pytest.raises(CniError, match="incompatible CNI versions") as raised:
        node.runtime.add(new, node.pod("pod"))
    assert raised.value.code == 1
    with pytest.raises(CniError, match="plugin bridge STATUS"):
        node.runtime.status(new)


@pytest.mark.parametrize("version", ["0.3.1", "0.4.0", "1.0.0"])
def test_older_versions_of_the_same_plugins(netns: Namespaces, version: str) -> None:
    node = Node(netns)
    network, pod = node.network(BRIDGE, {"type": "tuning"}, version=version), node.pod("pod")
    result = node.runtime.add(network, pod)
    assert (result.version, str(result.ips[0].address)) == (version, "10.244.1.2/24")
    node.runtime.delete(network, pod)
    assert node.leases() == set()


KINDS = {
    "vlan": {"type": "vlan", "master": "up0", "vlanId": 5},
    "ipvlan": {"type": "ipvlan", "master": "up0"},
}
STATIC = {"type": "static", "addresses": [{"address": "10.9.0.7/24"}]}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_link_that_not_every_kernel_has(netns: Namespaces, kind: str) -> None:
    node = Node(netns)
    netns.ip("node", "link add up0 type veth peer name up1", "link set up0 up", "link set up1 up")
    refuse_missing(netns, kind, "link add link up0 name try0 type " + {"vlan": "vlan id 9"}.get(kind, kind))
    network, pod = node.network(KINDS[kind] | {"ipam": STATIC}), node.pod("pod")
    node.runtime.add(network, pod)
    assert addresses(node, "pod") == ["10.9.0.7/24"]
    (link,) = node.ip("pod", "-details", "link", "show", "dev", "eth0")
    assert link["linkinfo"]["info_kind"] == kind
    node.runtime.delete(network, pod)
    assert node.ip("pod", "link", "show", "type", kind) == []


def test_vrf_takes_the_interface_of_a_chain(netns: Namespaces) -> None:
    node = Node(netns)
    refuse_missing(netns, "vrf", "link add try0 type vrf table 9")
    network, pod = node.network(BRIDGE, {"type": "vrf", "vrfname": "blue"}), node.pod("pod")
    node.runtime.add(network, pod)
    assert node.ip("pod", "link", "show", "dev", "eth0")[0]["master"] == "blue"
    node.runtime.delete(network, pod)


def refuse_missing(netns: Namespaces, kind: str, words: str) -> None:
    argv = ["nsenter", f"--net=/proc/{netns.pids['node']}/ns/net", "ip", *words.split()]
    tried = subprocess.run(argv, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"this kernel makes no {kind}: {tried.stderr.strip()}")
    netns.ip("node", "link del try0")
