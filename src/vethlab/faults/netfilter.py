"""Rules: filters, NAT, and the switches that lead packets past them."""

from __future__ import annotations

from ..world import Sandbox, World
from .fault import Fault, port_set, rule_added, rule_deleted, shell

__all__ = [
    "bridge_nf_off",
    "docker_user_drop",
    "forward_drop",
    "ingress_drop",
    "no_hairpin",
    "no_masquerade",
    "no_pod_accept",
    "overmasquerade",
    "raw_drop",
]


def forward_drop(world: World, node: str, port: int) -> Fault:
    """By the port after DNAT, as FORWARD sees it: what is published under another one is dropped too."""
    rule, there = rule_added(node, f"FORWARD -p tcp --dport {port} -j DROP")
    return Fault("forward-drop", f"{node} forwards nothing to TCP port {port}", (rule,), there=(there,))


def no_pod_accept(world: World, node: str) -> Fault:
    """Docker's policy of FORWARD is DROP, and flannel's chain, which lets pods through, is not jumped to."""
    gone, there = rule_deleted(node, 'FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD')
    return Fault(
        "no-pod-accept", f"on {node} nothing lets pods through the policy DROP of FORWARD", (gone,), there=(there,)
    )


def ingress_drop(world: World, node: str, port: int) -> Fault:
    """UDP to `port` is dropped before iptables sees it (nft(8), hook ingress)."""
    device = world.machines[node].ports[0].name
    chain = shell(
        node,
        "nft add table netdev guard",
        f"nft 'add chain netdev guard in {{ type filter hook ingress device {device} priority 0; }}'",
        f"nft add rule netdev guard in udp dport {port} drop",
    )
    return Fault(
        "ingress-drop",
        f"nftables drops UDP {port} at {device} of {node}",
        (chain,),
        ("nftables",),
        (shell(node, "nft list table netdev guard"),),
    )


def no_masquerade(world: World, node: str) -> Fault:
    """Containers leave their host under their own address."""
    bridge = world.machines[node].docker0
    assert bridge
    subnet = next(s for s in bridge.subnets if s.version == 4)
    gone, there = rule_deleted(node, f"POSTROUTING -s {subnet} ! -o {bridge.name} -j MASQUERADE", "nat")
    return Fault("no-masquerade", f"{node} does not masquerade its containers", (gone,), there=(there,))


def overmasquerade(world: World, node: str) -> Fault:
    """Not only what leaves for the outside: servers see the address of `node` for pods as well."""
    rule, there = rule_added(node, "POSTROUTING -j MASQUERADE", "nat")
    return Fault("overmasquerade", f"{node} masquerades everything", (rule,), there=(there,))


def no_hairpin(world: World, name: str) -> Fault:
    """The bridge does not send a frame back out of the port it came in by."""
    sandbox = world.sandboxes[name]
    off, there = port_set(sandbox.node, sandbox.veth, "hairpin off")
    return Fault("no-hairpin", f"the bridge port of {name} is not in hairpin mode", (off,), there=(there,))


def bridge_nf_off(world: World, node: str) -> Fault:
    """An answer that crosses the bridge alone is not translated back, and whoever asked ignores it."""
    off = shell(node, "sysctl -qw net.bridge.bridge-nf-call-iptables=0")
    return Fault(
        "bridge-nf-off",
        f"on {node} iptables does not see what stays on a bridge",
        (off,),
        ("br_netfilter",),
        (shell(node, "test $(sysctl -n net.bridge.bridge-nf-call-iptables) = 0"),),
    )


def raw_drop(world: World, node: str, port: int) -> Fault:
    """What is for a published TCP port is dropped before it is translated."""
    rule, there = rule_added(
        node, f"PREROUTING -d {world.machines[node].address(4)} -p tcp --dport {port} -j DROP", "raw"
    )
    return Fault("raw-drop", f"{node} drops TCP {port} in raw PREROUTING", (rule,), there=(there,))


def docker_user_drop(world: World, name: str) -> Fault:
    """In the chain that Docker leaves to its user, before any rule of its own; for the address that DNAT leads to."""
    sandbox: Sandbox = world.sandboxes[name]
    rule, there = rule_added(sandbox.node, f"DOCKER-USER -d {sandbox.address(4)} -j DROP")
    return Fault(
        "docker-user-drop", f"DOCKER-USER of {sandbox.node} drops what goes to {name}", (rule,), there=(there,)
    )
