"""Sandboxes: what a container or a pod is made of, and how it is wired to its node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from . import netlink, offload
from .errors import LabError
from .model import Address
from .namespace import inside
from .netlink import Netlink, Request
from .world import Sandbox

__all__ = ["attach", "plug_into_switch", "request", "route_to"]

_ETH0 = 2
#: What every host's end has, so that a pod that moves finds its gateway where it was (and fe80::ecee:eeff:feee:eeee).
_ROUTED_MAC = "ee:ee:ee:ee:ee:ee"


def request(sandbox: Sandbox, node_pid: int) -> dict[str, Any]:
    """What the spawner has to know to make it."""
    lines = [f"{a.ip}\t{sandbox.name}" for a in sandbox.addresses]
    return {
        "job": "sandbox",
        "name": sandbox.name,
        "node_pid": node_pid,
        "hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" + "\n".join(lines) + "\n",
        "ipv6": any(a.version == 6 for a in sandbox.addresses),
    }


def route_to(sandbox: Sandbox, node: Netlink, pid: int, node_pid: int) -> None:
    """Wire it without a bridge, as Calico's CNI plugin does: the host has a route to it alone, and answers for its
    gateway, an address that nobody has, on its interface (proxy ARP; for IPv6 by a MAC all hosts have in common).

    Raises NetlinkError.
    """
    pair = netlink.veth(
        sandbox.veth,
        sandbox.interface,
        mtu=sandbox.mtu,
        mac=_ROUTED_MAC,
        peer_mac=sandbox.mac,
        peer_pid=pid,
        peer_index=_ETH0,
    )
    node.do(pair)
    index = node.index(sandbox.veth)
    with inside(node_pid):
        for name, value in (("ipv4/conf/{}/proxy_arp", "1"), ("ipv4/neigh/{}/proxy_delay", "0")):
            Path("/proc/sys/net", name.format(sandbox.veth)).write_text(value)
    node.do(*(netlink.route(ip_network(a.ip), None, index) for a in sandbox.addresses))
    ways = [r for g in sandbox.gateways for r in _by_link(g)]
    _furnish(sandbox, pid, ways)


def _by_link(gateway: Address) -> Iterator[Request]:
    if gateway.version == 4:  # IPv6 has link-local addresses on every link
        yield netlink.route(ip_network(gateway), None, _ETH0)
    yield netlink.route(None, gateway, _ETH0)


def attach(sandbox: Sandbox, node: Netlink, pid: int, master: int | None) -> None:
    """Wire it: a veth pair from its node's bridge (port index `master`), addresses, default routes.

    Without `master` the host's end stays alone: whoever should have made the bridge has not. Raises NetlinkError.
    """
    pair = netlink.veth(
        sandbox.veth,
        sandbox.interface,
        mtu=sandbox.mtu,
        peer_mac=sandbox.mac,
        peer_pid=pid,
        peer_index=_ETH0,
        master=master,
    )
    hairpin = [netlink.link(sandbox.veth, hairpin=True)] if master and sandbox.kind == "container" else []
    node.do(pair, *hairpin)
    _furnish(sandbox, pid, [netlink.route(None, gateway) for gateway in sandbox.gateways])


def plug_into_switch(sandboxes: Iterable[Sandbox], pids: Mapping[str, int], node_pid: int) -> None:
    """Make the host's ends ports of Open vSwitch, as its CNI plugins do: all of one node at once.

    The switch gets whole packets, and the kernel no say: it answers ARP on no such interface. A node whose playbooks
    have not started Open vSwitch is left alone. Raises LabError with ovs-vsctl's words.
    """
    words = []
    for each in sandboxes:
        offload.fill_in_checksums(each.interface, pids[each.name])
        with inside(node_pid):
            Path(f"/proc/sys/net/ipv4/conf/{each.veth}/arp_ignore").write_text("8")
        words += ["--", "--may-exist", "add-port", each.bridge, each.veth]
    if not words or not Path(f"/proc/{node_pid}/root/run/openvswitch/db.sock").exists():
        return
    argv = ["nsenter", "-t", str(node_pid), "-m", "-n", "--", "ovs-vsctl", "--timeout=20", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(argv[6:])}\n  {done.stderr.strip()}")


def _furnish(sandbox: Sandbox, pid: int, ways: Iterable[Request]) -> None:
    """Inside: addresses, and then the ways out."""
    own = Netlink(pid)
    try:
        own.do(
            netlink.link(netlink.LO),
            *(netlink.address(_ETH0, a) for a in sandbox.addresses),
            netlink.link(_ETH0),
            *ways,
        )
    finally:
        own.close()
