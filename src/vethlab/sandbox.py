"""Sandboxes: what a container or a pod is made of, and how it is wired to its node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import netlink, offload
from .container_files import hostname, hosts, resolv_conf
from .errors import LabError
from .namespace import inside
from .netlink import Netlink, NetlinkError, Request
from .world import InterfaceAddress, Nic, Sandbox

if TYPE_CHECKING:  # this travels to real machines, where nobody has pydantic (remote.bundle)
    from .model import Address

__all__ = [
    "attach",
    "attach_nics",
    "containers",
    "loopback",
    "plug_into_switch",
    "request",
    "route_to",
    "unplug_from_switch",
    "write_hosts",
    "write_resolv_conf",
]

#: What every host's end has, so that a pod that moves finds its gateway where it was (and fe80::ecee:eeff:feee:eeee).
_ROUTED_MAC = "ee:ee:ee:ee:ee:ee"

#: On the host's end of a pod that is routed to.
_OF_A_ROUTED_END = {"ipv4/conf/{}/proxy_arp": "1", "ipv4/neigh/{}/proxy_delay": "0", "ipv4/conf/{}/rp_filter": "1"}


def request(sandbox: Sandbox, node_pid: int, joined_pid: int | None = None) -> dict[str, Any]:
    """What the spawner has to know to make it. `joined_pid`: the process whose network namespace it uses."""
    return {
        "job": "sandbox",
        "name": sandbox.name,
        "hostname": hostname(sandbox),
        "node_pid": node_pid,
        "net_pid": node_pid if sandbox.mode == "host" else joined_pid,
        "hosts": hosts(sandbox),
        "ipv6": any(a.version == 6 for a in (*sandbox.addresses, *sandbox.gateways)),
        "named": sandbox.kind == "container",
    }


def write_hosts(sandbox: Sandbox, pid: int) -> None:
    """/etc/hosts of a sandbox whose first process is `pid`."""
    Path(f"/proc/{pid}/root/etc/hosts").write_text(hosts(sandbox))


def write_resolv_conf(sandbox: Sandbox, pid: int, node_pid: int) -> None:
    """/etc/resolv.conf, out of its node's as that is now."""
    here, node = (Path(f"/proc/{number}/root/etc/resolv.conf") for number in (pid, node_pid))
    here.write_text(resolv_conf(sandbox, node.read_text()))


def containers(sandbox: Sandbox, pid: int) -> list[dict[str, Any]]:
    """What the spawner has to know to make the containers of a pod, whose first process is `pid`."""
    return [{"job": "container", "name": f"{sandbox.name}/{name}", "pid": pid} for name, _ in sandbox.containers]


def route_to(sandbox: Sandbox, node: Netlink, pid: int, node_pid: int, source: Address | None = None) -> None:
    """Wire it without a bridge, as Calico's CNI plugin does: the host has a route to it alone, and answers for its
    gateway, an address that nobody has, on its interface (proxy ARP; for IPv6 by a MAC all hosts have in common). And
    as Felix does, what comes from it with another's address is dropped (rp_filter, RFC 3704).

    The host speaks to it as `source`, or as the first address of its interfaces in their order (Felix,
    DeviceRouteSourceAddress). Raises NetlinkError.
    """
    pair = netlink.veth(
        sandbox.veth,
        sandbox.interface,
        mtu=sandbox.mtu,
        mac=_ROUTED_MAC,
        peer_mac=sandbox.mac,
        peer_pid=pid,
    )
    node.do(pair)
    index = node.index(sandbox.veth)
    with inside(node_pid):
        for name, value in _OF_A_ROUTED_END.items():
            Path("/proc/sys/net", name.format(sandbox.veth)).write_text(value)
    node.do(*(netlink.route(ip_network(a.ip), None, index, source=source) for a in sandbox.addresses))
    own = Netlink(pid)
    try:
        _furnish(own, sandbox.interface, sandbox.addresses, sandbox.gateways, on_link=True)
    finally:
        own.close()


def _furnish(
    own: Netlink, name: str, addresses: Iterable[InterfaceAddress], gateways: Iterable[Address], *, on_link: bool
) -> None:
    """Inside: addresses, and then the ways out; `on_link` where no address makes a neighbour of the gateway."""
    # Not always the second: where the kernel has tunnels, every namespace has one of each, such as tunl0.
    index = own.index(name)
    own.do(
        *(netlink.address(index, a) for a in addresses),
        netlink.link(index),
        *(way for gateway in gateways for way in _way_out(gateway, index if on_link else None)),
    )


def _way_out(gateway: Address, link: int | None) -> Iterator[Request]:
    if link and gateway.version == 4:  # IPv6 has link-local addresses on every link
        yield netlink.route(ip_network(gateway), None, link)
    yield netlink.route(None, gateway, link)


def loopback(pid: int) -> None:
    """Set loopback up, before anybody binds to it: an address that is not there yet is no source for answers."""
    inside = Netlink(pid)
    try:
        inside.do(netlink.link(netlink.LO))
    finally:
        inside.close()


def attach(sandbox: Sandbox, node: Netlink, pid: int) -> None:
    """Wire it: every interface, with its addresses and default routes. Raises NetlinkError.

    What it borrows of its host or of another container is there already.
    """
    if sandbox.mode == "own":
        attach_nics(sandbox.nics, node, pid, hairpin=sandbox.kind == "container")


def attach_nics(nics: Iterable[Nic], node: Netlink, pid: int, *, hairpin: bool) -> None:
    """Interfaces for the namespace of `pid`. Raises NetlinkError."""
    inside = Netlink(pid)
    try:
        for nic in nics:
            node.do(*_made(nic, node, pid, hairpin))
            if nic.parent:
                inside.do(netlink.rename(inside.index(_unnamed(pid)), nic.name))
            _furnish(inside, nic.name, nic.addresses, nic.gateways, on_link=False)
    finally:
        inside.close()


def _made(nic: Nic, node: Netlink, pid: int, hairpin: bool) -> Iterator[Request]:
    """A veth pair from the host's bridge, or a port of the host's own interface."""
    if nic.driver == "macvlan" or nic.driver == "ipvlan":
        parent = node.index(nic.parent)
        yield netlink.on_parent(nic.driver, _unnamed(pid), parent, pid=pid, mac=nic.mac, mtu=nic.mtu)
        return
    master = None if nic.wiring == "switch" else _index(node, nic.bridge)
    yield netlink.veth(nic.veth, nic.name, mtu=nic.mtu, peer_mac=nic.mac, peer_pid=pid, master=master)
    if master and hairpin:
        yield netlink.link(nic.veth, hairpin=True)


def _unnamed(pid: int) -> str:
    """What an interface for the namespace of `pid` is called until it is there; nobody else's is."""
    return f"for{pid}"


def _index(node: Netlink, bridge: str) -> int | None:
    """None where the playbooks have not made the bridge: the host's end stays alone, and it is not ours to repair."""
    try:
        return node.index(bridge)
    except NetlinkError:
        return None


def plug_into_switch(sandboxes: Iterable[Sandbox], pids: Mapping[str, int], node_pid: int) -> None:
    """Make the host's ends ports of Open vSwitch, as its CNI plugins do: all of one node at once.

    The switch gets whole packets, and the kernel no say: it answers ARP on no such interface. A node whose playbooks
    have not started Open vSwitch is left alone. Raises LabError with ovs-vsctl's words.
    """
    words: list[str] = []
    for each in sandboxes:
        offload.fill_in_checksums(each.interface, pids[each.name])
        with inside(node_pid):
            Path(f"/proc/sys/net/ipv4/conf/{each.veth}/arp_ignore").write_text("8")
        words += ["--", "--may-exist", "add-port", each.bridge, each.veth]
    if words:
        _ovs_vsctl(node_pid, *words)


def unplug_from_switch(sandbox: Sandbox, node_pid: int) -> None:
    """Before it goes: Open vSwitch holds on to the interface it has, and does not see one of the same name after it."""
    _ovs_vsctl(node_pid, "--", "--if-exists", "del-port", sandbox.bridge, sandbox.veth)


def _ovs_vsctl(node_pid: int, *words: str) -> None:
    if not Path(f"/proc/{node_pid}/root/run/openvswitch/db.sock").exists():
        return
    argv = ["nsenter", "-t", str(node_pid), "-m", "-n", "--", "ovs-vsctl", "--timeout=20", *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(argv[6:])}\n  {done.stderr.strip()}")
