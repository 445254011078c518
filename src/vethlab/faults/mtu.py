"""Sizes: links that carry less than their neighbours, and the ICMP that should have said so."""

from __future__ import annotations

from ..world import World
from .fault import Fault, shell

__all__ = ["bridge_port_smaller", "overlay_smaller", "pmtu_blackhole"]


def pmtu_blackhole(world: World, router: str, switch: str, mtu: int = 1400) -> Fault:
    """The router's port there takes less than its neighbours send, and the router tells nobody (RFC 2923)."""
    port = next(p for p in world.machines[router].ports if p.switch == switch)
    hole = shell(
        router,
        f"ip link set {port.name} mtu {mtu}",
        "iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP",
    )
    return Fault(
        "pmtu-blackhole",
        f"{router} carries {mtu} bytes to {switch}, and its ICMP errors are dropped",
        (hole,),
        there=(
            shell(
                router,
                f"ip link show {port.name} | grep -qw 'mtu {mtu}'",
                "iptables -C OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP",
            ),
        ),
    )


def bridge_port_smaller(world: World, name: str, mtu: int = 1400) -> Fault:
    """A bridge does not fragment and says nothing.

    A bridge asks nothing of segments that come as one (GSO): those would get through now and then. So nobody on it, nor
    the host into it, hands it any (ethtool(8), -K).
    """
    sandbox = world.sandboxes[name]
    smaller = shell(
        sandbox.node,
        f"ip link set {sandbox.veth} mtu {mtu}",
        *(f"ethtool -K {device} tso off gso off gro off" for device in (sandbox.veth, sandbox.bridge)),
    )
    neighbours = (s for s in world.on(sandbox.node) if s.bridge == sandbox.bridge and s.mode == "own")
    one_by_one = (shell(s.name, f"ethtool -K {s.interface} tso off gso off") for s in neighbours)
    return Fault(
        "bridge-port-smaller",
        f"the bridge port of {name} has MTU {mtu}",
        (smaller, *one_by_one),
        there=(shell(sandbox.node, f"ip link show {sandbox.veth} | grep -qw 'mtu {mtu}'"),),
    )


def overlay_smaller(world: World, node: str, mtu: int = 1300) -> Fault:
    """The tunnel device of one host carries less than its pods send; in the other direction nothing changes."""
    pods = world.machines[node].pods
    assert pods
    vtep = next(v for v in pods.vteps if v.address.version == 4)
    return Fault(
        "overlay-smaller",
        f"{vtep.name} of {node} has MTU {mtu}",
        (shell(node, f"ip link set {vtep.name} mtu {mtu}"),),
        there=(shell(node, f"ip link show {vtep.name} | grep -qw 'mtu {mtu}'"),),
    )
