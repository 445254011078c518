"""Paths to be followed: rows, the hops they should pass, and an overlay to pass through."""

from __future__ import annotations

from namespaces import Namespaces
from vethlab.outcome import Reached
from vethlab.probe import Trail, first_unseen, trace
from vethlab.row import Hop, Probe, Row

KINDS = ["tcp", "udp", "icmp"]


def row(kind: str, address: str) -> Row:
    return Row("a", "b", Probe(kind, address, None if kind == "icmp" else 7), Reached())  # type: ignore[arg-type]


def there_and_back(*places: str) -> list[Hop]:
    """`node interface` each, on the way out; the answer takes the same way back."""
    hops = [place.split() for place in places]
    out = [Hop(node, interface) for node, interface in hops]
    return [*out, *(Hop(h.node, h.interface, "back") for h in reversed(out))]


def follow(netns: Namespaces, asked: Row, path: list[Hop], timeout: float = 1.0) -> Trail:
    (found,) = trace([(asked, path)], netns.pids, timeout=timeout)
    return found


def first(netns: Namespaces, asked: Row, path: list[Hop]) -> str | None:
    hop = first_unseen(follow(netns, asked, path, 0.4).trace)
    return hop and str(hop)


def overlay(netns: Namespaces) -> list[Hop]:
    """Two pods behind two hosts, joined by VXLAN in flannel's manner."""
    netns.node("a", "h1", "h2", "b")
    netns.cable("h1", "eth0", "h2", "eth0", "192.168.1.101/24", "192.168.1.102/24")
    for host, pod, n, m in (("h1", "a", 1, 2), ("h2", "b", 2, 1)):
        netns.forward(host)
        netns.ip(
            host,
            f"link add cni0 address 0a:58:0a:f4:0{n}:01 type bridge",
            f"addr add 10.244.{n}.1/24 dev cni0",
            "link set cni0 up",
            f"link add flannel.1 address 0e:00:00:00:04:0{n} type vxlan id 1 local 192.168.1.10{n} "
            "dstport 8472 nolearning",
            f"addr add 10.244.{n}.0/32 dev flannel.1",
            "link set flannel.1 mtu 1450 up",
            f"neigh add 10.244.{m}.0 lladdr 0e:00:00:00:04:0{m} dev flannel.1 nud permanent",
            f"route add 10.244.{m}.0/24 via 10.244.{m}.0 dev flannel.1 onlink",
            f"link add veth0 type veth peer name eth0 netns {netns.pids[pod]}",
            "link set veth0 master cni0 up",
        )
        netns.run(host, *f"bridge fdb add 0e:00:00:00:04:0{m} dev flannel.1 dst 192.168.1.10{m}".split())
        netns.ip(pod, f"addr add 10.244.{n}.2/24 dev eth0", "link set eth0 up", f"route add default via 10.244.{n}.1")
    netns.serve("b")
    netns.settle(row("icmp", "10.244.2.2"))
    return there_and_back(
        "a eth0",
        "h1 veth0",
        "h1 cni0",
        "h1 flannel.1",
        "h1 eth0",
        "h2 eth0",
        "h2 flannel.1",
        "h2 cni0",
        "h2 veth0",
        "b eth0",
    )
