"""Sandboxes: what a container or a pod is made of, and how it is wired to its node."""

from __future__ import annotations

from typing import Any

from . import netlink
from .netlink import Netlink
from .world import Sandbox

__all__ = ["attach", "containers", "request"]

_ETH0 = 2


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


def containers(sandbox: Sandbox, pid: int) -> list[dict[str, Any]]:
    """What the spawner has to know to make the containers of a pod, whose first process is `pid`."""
    return [{"job": "container", "name": f"{sandbox.name}/{name}", "pid": pid} for name, _ in sandbox.containers]


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
    inside = Netlink(pid)
    try:
        inside.do(
            netlink.link(netlink.LO),
            *(netlink.address(_ETH0, a) for a in sandbox.addresses),
            netlink.link(_ETH0),
            *(netlink.route(None, gateway) for gateway in sandbox.gateways),
        )
    finally:
        inside.close()
