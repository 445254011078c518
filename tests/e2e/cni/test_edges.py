"""What the packaged plugins do at the edges, as others' test suites know it: not ours to change, but to rely on."""

from __future__ import annotations

import hashlib
import json
import socket
from typing import Any

import pytest
from cluster import Node

from namespaces import Namespaces
from vethlab.cni.execution import Execution
from vethlab.errors import CniError
from vethlab.namespace import inside

POD = "10.244.1.0/24"
PORTMAP: dict[str, Any] = {"type": "portmap", "capabilities": {"portMappings": True}}


def bridge(*ranges: dict[str, str]) -> dict[str, Any]:
    ipam = {"type": "host-local", "ranges": [list(ranges) or [{"subnet": POD}]]}
    return {"type": "bridge", "bridge": "cni0", "isDefaultGateway": True, "hairpinMode": True, "ipam": ipam}


def test_an_address_manager_answers_without_interfaces(netns: Namespaces) -> None:
    node = Node(netns)
    ipam = {"type": "host-local", "ipam": {"type": "host-local", "ranges": [[{"subnet": POD}]]}}
    result = node.runtime.add(node.network(ipam), node.pod("pod"))
    assert (result.interfaces, [ip.interface for ip in result.ips]) == ((), [None])
    assert result.inside() is None


def test_every_missing_variable_is_named(netns: Namespaces) -> None:
    node = Node(netns)
    execution = Execution(netns.pids["node"], ("/usr/lib/cni",))
    with pytest.raises(CniError) as raised:
        execution.run("bridge", {"CNI_COMMAND": "ADD"}, {"cniVersion": "1.0.0", "name": "n", "type": "bridge"})
    assert raised.value.code == 4
    for name in ("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH"):
        assert name in str(raised.value)
    assert node.leases() == set()


def test_gateway_and_broadcast_are_never_given(netns: Namespaces) -> None:
    node = Node(netns)
    network = node.network(bridge({"subnet": "10.244.1.0/29", "gateway": "10.244.1.3"}))
    given = [str(node.runtime.add(network, node.pod(f"p{n}")).ips[0].address.ip) for n in range(5)]
    assert sorted(given) == [f"10.244.1.{n}" for n in (1, 2, 4, 5, 6)]
    with pytest.raises(CniError, match="no IP addresses available"):
        node.runtime.add(network, node.pod("one-more"))


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        (({"subnet": "10.244.1.0/31"},), "too small"),
        (({"subnet": POD}, {"subnet": "10.244.1.128/25"}), "overlap"),
        (({"subnet": POD, "rangeStart": "10.244.2.1"},), "not in network"),
    ],
)
def test_ranges_that_are_refused(netns: Namespaces, ranges: tuple[dict[str, str], ...], words: str) -> None:
    node = Node(netns)
    with pytest.raises(CniError, match=words) as raised:
        node.runtime.add(node.network(bridge(*ranges)), node.pod("pod"))
    assert raised.value.plugin == "bridge"
    assert node.ip("pod", "link", "show", "type", "veth") == []


def test_check_misses_an_address(netns: Namespaces) -> None:
    node = Node(netns)
    network, pod = node.network(bridge()), node.pod("pod")
    node.runtime.add(network, pod)
    netns.ip("pod", "address del 10.244.1.2/24 dev eth0", "address add 10.244.1.99/24 dev eth0")
    with pytest.raises(CniError, match="plugin bridge CHECK"):
        node.runtime.check(network, pod)


def test_the_name_of_portmaps_chain(netns: Namespaces) -> None:
    node = Node(netns)
    pod = node.pod("pod", portMappings=[{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}])
    node.runtime.add(node.network(bridge(), PORTMAP), pod)
    chain = "CNI-DN-" + hashlib.sha512(b"pods" + b"pod").hexdigest()[:21]
    rules = netns.run("node", "iptables", "-t", "nat", "-S").splitlines()
    assert f"-N {chain}" in rules
    assert any(chain in rule and "--dports 8080" in rule for rule in rules)


@pytest.mark.parametrize("host_ip", ["0.0.0.0", "192.168.1.101"])
def test_a_port_on_every_address_or_on_one(netns: Namespaces, host_ip: str) -> None:
    node = Node(netns)
    mapping = {"hostPort": 8080, "containerPort": 80, "protocol": "tcp", "hostIP": host_ip}
    netns.node("client")
    netns.cable("client", "eth0", "node", "eth0", "192.168.1.9/24", "192.168.1.101/24")
    netns.ip("node", "address add 192.168.1.102/24 dev eth0")
    netns.forward("node")
    node.runtime.add(node.network(bridge(), PORTMAP), node.pod("pod", portMappings=[mapping]))
    netns.serve("pod", http=(80,))
    assert json.loads(netns.run("client", "curl", "-s", "http://192.168.1.101:8080/"))["identity"] == "pod"
    other = netns.run("client", "sh", "-c", "curl -s -o /dev/null -w '%{http_code}' http://192.168.1.102:8080/ || true")
    assert other == ("200" if host_ip == "0.0.0.0" else "000")


def test_a_datagram_flow_finds_the_new_pod(netns: Namespaces) -> None:
    """A flow that began before the port was mapped is known to conntrack as going nowhere: portmap makes it forget."""
    node = Node(netns)
    netns.node("client")
    netns.cable("client", "eth0", "node", "eth0", "192.168.1.9/24", "192.168.1.101/24")
    netns.forward("node")
    mapping = {"hostPort": 7007, "containerPort": 7, "protocol": "udp"}
    network = node.network(bridge(), PORTMAP)
    first = node.pod("first", portMappings=[mapping])
    node.runtime.add(network, first)
    netns.serve("first", udp=(7,))
    with inside(netns.pids["client"]), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flow:
        flow.bind(("192.168.1.9", 5555))
        flow.connect(("192.168.1.101", 7007))
        flow.settimeout(3)
        flow.send(b"who")
        assert b"first" in flow.recv(2000)
        node.runtime.delete(network, first)
        second = node.pod("second", portMappings=[mapping])
        node.runtime.add(network, second)
        netns.serve("second", udp=(7,))
        flow.send(b"who")
        assert b"second" in flow.recv(2000)
