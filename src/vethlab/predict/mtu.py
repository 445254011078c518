"""Path MTU: the smallest link that a packet is routed out by, a tunnel counting as the link it is.

An overlay packet is held to its VTEP's MTU; the outer one, whose DF is clear, may be fragmented over IPv4 (RFC 7348
leaves that open; Linux does it). Where one end of a link takes less than the other sends, frames vanish without a word.
"""

from __future__ import annotations

from ..addressing import VXLAN_OVERHEAD
from ..outcome import PathMtu
from ..world import World
from .forwarding import Walk

__all__ = ["arithmetic", "path_mtu"]


def path_mtu(world: World, walk: Walk) -> PathMtu | str:
    """The path MTU of a question's way; a string says why there is no telling."""
    if not walk.sent:
        return "a loopback has no path MTU worth measuring"
    smallest = min(mtu for _, mtu in walk.sent)
    if min(walk.taken, default=smallest) < smallest:
        return "one end of a link takes less than the other sends"
    if any(v.local.version == 6 and v.mtu + VXLAN_OVERHEAD[6] > _underlay(world) for v in walk.tunnels):
        return "the encapsulated packet is larger than the underlay, and IPv6 does not fragment on the way"
    return PathMtu(smallest)


def arithmetic(world: World, walk: Walk) -> str:
    """The sum written out: `min(pod1:eth0 1450, node1:flannel.1 1450) = 1450; …`."""
    terms = ", ".join(f"{hop} {mtu}" for hop, mtu in walk.sent)
    text = f"min({terms}) = {min((mtu for _, mtu in walk.sent), default=0)}"
    for vtep in dict.fromkeys(walk.tunnels):
        overhead = VXLAN_OVERHEAD[vtep.local.version]
        text += f"; {vtep.name} {vtep.mtu} + {overhead} encapsulation = {vtep.mtu + overhead} of {_underlay(world)}"
    return text


def _underlay(world: World) -> int:
    return min(p.mtu for m in world.machines.values() for p in m.ports)
