"""Layer 3 on the hosts and routers: forwarding, routes, rules, TTL."""

from __future__ import annotations

from ..world import World
from .fault import Fault, rule_added, shell

__all__ = ["blackholed", "no_forwarding", "no_peer_route", "policy_route", "ttl_rewritten"]


def no_forwarding(world: World, node: str) -> Fault:
    """What is not for `node` itself is dropped in silence (net.ipv4.ip_forward)."""
    off = shell(node, "sysctl -qw net.ipv4.ip_forward=0")
    return Fault(
        "no-forwarding",
        f"ip_forward is 0 on {node}",
        (off,),
        there=(shell(node, "test $(sysctl -n net.ipv4.ip_forward) = 0"),),
    )


def policy_route(world: World, name: str) -> Fault:
    """A rule of `name`'s host sends what comes from `name` to a table with nothing but a blackhole."""
    sandbox = world.sandboxes[name]
    rule = shell(
        sandbox.node,
        "ip route add blackhole default table 100",
        f"ip rule add from {sandbox.address(4)} lookup 100",
    )
    return Fault(
        "policy-route",
        f"a source rule on {sandbox.node} leads {name} into a blackhole",
        (rule,),
        there=(shell(sandbox.node, f"ip rule | grep -qw {sandbox.address(4)}"),),
    )


def blackholed(world: World, node: str, name: str) -> Fault:
    """The route to one address wins over its subnet's; what is forwarded by it is dropped in silence (ip-route(8))."""
    hole = shell(node, f"ip route add blackhole {world.sandboxes[name].address(4)}/32")
    return Fault(
        "blackholed",
        f"{node} has a blackhole route to {name}",
        (hole,),
        there=(shell(node, f"ip route show type blackhole | grep -qw {world.sandboxes[name].address(4)}"),),
    )


def no_peer_route(world: World, node: str, peer: str) -> Fault:
    """The route to the peer's pods is gone, so that they are sent where everything unknown is."""
    pods = world.machines[peer].pods
    assert pods
    prefix = next(s for s in pods.subnets if s.version == 4)
    return Fault(
        "no-peer-route",
        f"{node} has no route to {peer}'s pods",
        (shell(node, f"ip route del {prefix}"),),
        there=(shell(node, f"! ip route show {prefix} | grep -q ."),),
    )


def ttl_rewritten(world: World, router: str, switch: str) -> Fault:
    """What comes into `router` from `switch` has one hop left to live, so it goes no further."""
    port = next(p for p in world.machines[router].ports if p.switch == switch)
    rule, there = rule_added(router, f"PREROUTING -i {port.name} -j TTL --ttl-set 1", "mangle")
    return Fault("ttl-rewritten", f"{router} sets the TTL of what comes from {switch} to 1", (rule,), there=(there,))
