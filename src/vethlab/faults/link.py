"""Layer 2, and the addresses upon it: cables, bridges and their ports, ARP, and what a sandbox has of its own."""

from __future__ import annotations

from ipaddress import IPv4Interface

from ..world import Sandbox, World
from .fault import Command, Fault, port_set, shell

__all__ = [
    "host_end_down",
    "isolated_ports",
    "no_default_route",
    "not_enslaved",
    "port_blocking",
    "wrong_gateway",
    "wrong_mask",
    "wrong_neighbour",
]


def host_end_down(world: World, name: str) -> Fault:
    """With it the other end loses its carrier (veth(4)): the sandbox is cut off, and its routes stay."""
    sandbox = world.sandboxes[name]
    down = shell(sandbox.node, f"ip link set {sandbox.veth} down")
    return Fault(
        "host-end-down",
        f"the host's end of {name}'s veth pair is down",
        (down,),
        there=(shell(sandbox.node, f"ip -br link show {sandbox.veth} | grep -q DOWN"),),
    )


def not_enslaved(world: World, name: str) -> Fault:
    """Both ends are up, and no bridge takes frames from the host's."""
    sandbox = world.sandboxes[name]
    out = shell(sandbox.node, f"ip link set {sandbox.veth} nomaster")
    return Fault(
        "not-enslaved",
        f"{name}'s veth is in no bridge",
        (out,),
        there=(shell(sandbox.node, f"! ip link show {sandbox.veth} | grep -q master"),),
    )


def no_default_route(world: World, name: str) -> Fault:
    """Beyond its own subnet `name` reaches nobody, and is told so at once (ENETUNREACH)."""
    gone = shell(name, "ip route del default")
    return Fault(
        "no-default-route",
        f"{name} has no default route",
        (gone,),
        there=(shell(name, "! ip route show default | grep -q ."),),
    )


def wrong_gateway(world: World, name: str) -> Fault:
    """The gateway is the last address of the subnet, where nobody is."""
    nobody = _interface(world.sandboxes[name]).network.broadcast_address - 1
    wrong = shell(name, f"ip route replace default via {nobody}")
    return Fault(
        "wrong-gateway",
        f"{name}'s default gateway is {nobody}, which nobody has",
        (wrong,),
        there=(shell(name, f"ip route show default | grep -qw {nobody}"),),
    )


def wrong_mask(world: World, name: str, prefix: int = 8) -> Fault:
    """The address stays; far more than its subnet is taken to be on the link."""
    sandbox = world.sandboxes[name]
    own = _interface(sandbox)
    gateway = next(g for g in sandbox.gateways if g.version == 4)
    wrong = shell(
        name,
        f"ip addr del {own} dev {sandbox.interface}",
        f"ip addr add {own.ip}/{prefix} dev {sandbox.interface}",
        f"ip route add default via {gateway}",
    )
    return Fault(
        "wrong-mask",
        f"{name}'s prefix length is {prefix}",
        (wrong,),
        there=(shell(name, f"ip -4 addr | grep -qw {own.ip}/{prefix}"),),
    )


def wrong_neighbour(world: World, name: str, peer: str) -> Fault:
    """`name` has a permanent neighbour entry for `peer` with a MAC of nobody."""
    sandbox, address = world.sandboxes[name], world.sandboxes[peer].address(4)
    entry = f"{address} lladdr 02:de:ad:00:00:01 dev {sandbox.interface} nud permanent"
    return Fault(
        "wrong-neighbour",
        f"{name} has a wrong MAC written down for {peer}",
        (shell(name, f"ip neigh replace {entry}"),),
        there=(shell(name, f"ip neigh show {address} | grep -q PERMANENT"),),
    )


def isolated_ports(world: World, *names: str) -> Fault:
    """Ports of one bridge that do not forward to each other; the bridge itself and other ports they reach."""
    ports = [world.sandboxes[name] for name in names]
    isolate, there = zip(*(port_set(s.node, s.veth, "isolated on") for s in ports), strict=True)
    return Fault(
        "isolated-ports",
        f"the bridge ports of {' and '.join(names)} are isolated",
        isolate,
        there=there,
    )


def port_blocking(world: World, name: str) -> Fault:
    """State 0 of bridge(8): the port takes in no frame and sends none out, and the link stays up."""
    sandbox = world.sandboxes[name]
    state = Command(sandbox.node, ("bridge", "link", "set", "dev", sandbox.veth, "state", "0"))
    return Fault(
        "port-blocking",
        f"the bridge port of {name} is in STP state disabled",
        (state,),
        there=(shell(sandbox.node, f"bridge link show dev {sandbox.veth} | grep -q 'state disabled'"),),
    )


def _interface(sandbox: Sandbox) -> IPv4Interface:
    return next(a for a in sandbox.addresses if isinstance(a, IPv4Interface))
