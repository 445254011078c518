"""The tunnel between hosts: what each must have written down about the others."""

from __future__ import annotations

from ..model import Subnet
from ..world import Vtep, World
from .fault import Fault, rule_added, shell

__all__ = [
    "forwarder_dead",
    "no_fdb_entry",
    "no_tunnel_flow",
    "no_vtep_neighbour",
    "other_port",
    "outer_filtered",
    "speaker_dead",
]


def no_fdb_entry(world: World, node: str, peer: str) -> Fault:
    """Frames for `peer`'s tunnel endpoint have no outer address to go to (bridge(8), fdb)."""
    own, other = _vtep(world, node), _vtep(world, peer)
    gone = shell(node, f"bridge fdb del {other.mac} dev {own.name} dst {other.local} self")
    return Fault(
        "no-fdb-entry",
        f"{node} does not know behind which host {peer}'s tunnel endpoint is",
        (gone,),
        there=(shell(node, f"! bridge fdb show dev {own.name} | grep -q {other.mac}"),),
    )


def no_vtep_neighbour(world: World, node: str, peer: str) -> Fault:
    """The gateway of the route to `peer`'s pods has no MAC, and nobody answers for it (ip-neighbour(8))."""
    own, other = _vtep(world, node), _vtep(world, peer)
    gone = shell(node, f"ip neigh del {other.address} dev {own.name}")
    return Fault(
        "no-vtep-neighbour",
        f"{node} does not know the MAC of {peer}'s tunnel endpoint",
        (gone,),
        there=(shell(node, f"! ip neigh show {other.address} dev {own.name} | grep -q {other.mac}"),),
    )


def outer_filtered(world: World, node: str) -> Fault:
    """UDP to the tunnel's port, in INPUT: nothing comes in by the tunnel, and all still leaves."""
    rule, there = rule_added(node, f"INPUT -p udp --dport {_vtep(world, node).port} -j DROP")
    return Fault(
        "outer-filtered", f"{node} drops encapsulated packets before they are unpacked", (rule,), there=(there,)
    )


def _vtep(world: World, node: str) -> Vtep:
    pods = world.machines[node].pods
    assert pods
    return next(v for v in pods.vteps if v.address.version == 4)


def other_port(world: World, node: str, port: int = 4789) -> Fault:
    """The device made anew with everything it had, but for the port it sends to and listens on."""
    own = _vtep(world, node)
    made = f"ip link add {own.name} address {own.mac} mtu {own.mtu} type vxlan id {own.vni} local {own.local}"
    commands = [f"ip link del {own.name}", f"{made} dstport {port} nolearning"]
    commands += [f"ip address add {own.address}/32 dev {own.name}", f"ip link set {own.name} up"]
    for peer in world.hosts():
        if peer.name != node:
            commands += _known(own, _vtep(world, peer.name), str(_prefix(world, peer.name)))
    cause = f"{node} speaks VXLAN on port {port}, and everybody else on {own.port}"
    return Fault("other-port", cause, (shell(node, *commands),))


def no_tunnel_flow(world: World, node: str, peer: str) -> Fault:
    """Nothing in br-tun leads packets for `peer`'s pods into the tunnel (ovs-ofctl(8), ovs-vswitchd(8))."""
    # What the datapath made of it before goes on until it is looked at again.
    lines = f"ovs-ofctl -OOpenFlow15 del-flows br-tun ip,nw_dst={_prefix(world, peer)}", "ovs-appctl revalidator/wait"
    gone = shell(node, *lines)
    return Fault("no-tunnel-flow", f"{node}'s switch has no flow for {peer}'s pods", (gone,))


def speaker_dead(world: World, node: str) -> Fault:
    """Killed, not stopped: its own kernel keeps the routes it has. Done once every other host has lost its own."""
    own = world.machines[node].address(4)
    dead = shell(node, "kill -9 $(cat /run/bird.pid)")
    gone = f"ip route show proto bird | grep -q 'via {own} '"
    heard = [shell(h.name, *_until(f"! {gone}")) for h in world.hosts() if h.name != node]
    return Fault("speaker-dead", f"nobody tells of {node}'s pods any more: its BGP daemon is dead", (dead, *heard))


def forwarder_dead(world: World, node: str) -> Fault:
    """By SIGKILL, as a crash would, so that it takes nothing down on its way."""
    dead = shell(node, "kill -9 $(cat /run/pod-forwarder.pid)")
    return Fault("forwarder-dead", f"nobody reads {node}'s tunnel device: the program behind it is dead", (dead,))


def _until(state: str) -> list[str]:
    """Lines that wait for a command to succeed, for half a minute at most."""
    return [f"for each in $(seq 300); do if {state}; then exit 0; fi; sleep 0.1; done", "exit 1"]


def _known(own: Vtep, other: Vtep, prefix: str) -> list[str]:
    return [
        f"bridge fdb append {other.mac} dev {own.name} dst {other.local}",
        f"ip neigh replace {other.address} lladdr {other.mac} dev {own.name} nud permanent",
        f"ip route replace {prefix} via {other.address} dev {own.name} onlink",
    ]


def _prefix(world: World, node: str) -> Subnet:
    pods = world.machines[node].pods
    assert pods
    return next(s for s in pods.subnets if s.version == 4)
