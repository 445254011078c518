"""Path MTU: the smallest link that a packet is routed out by, a tunnel counting as the link it is.

An overlay packet is held to its VTEP's MTU; the outer one, whose DF is clear, may be fragmented over IPv4 (RFC 7348
leaves that open; Linux does it). Where one end of a link takes less than the other sends, frames vanish without a word.
"""

from __future__ import annotations

from ..outcome import PathMtu
from ..world import Vtep, World
from .forwarding import Walk

__all__ = ["arithmetic", "path_mtu"]


def path_mtu(world: World, walk: Walk) -> PathMtu | str:
    """The path MTU of a question's way; a string says why there is no telling."""
    if not walk.sent:
        return "a loopback has no path MTU worth measuring"
    smallest = min(mtu for _, mtu in walk.sent)
    if min(walk.taken, default=smallest) < smallest:
        return "one end of a link takes less than the other sends"
    if any(not _fragments(v) and v.mtu + v.overhead > _underlay(world) for v in walk.tunnels):
        return "the encapsulated packet is larger than the underlay, and is not fragmented on the way"
    return PathMtu(smallest)


def arithmetic(world: World, walk: Walk) -> str:
    """The sum written out: `min(pod1:eth0 1450, node1:flannel.1 1450) = 1450; …`."""
    terms = ", ".join(f"{hop} {mtu}" for hop, mtu in walk.sent)
    text = f"min({terms}) = {min((mtu for _, mtu in walk.sent), default=0)}"
    for vtep in dict.fromkeys(walk.tunnels):
        whole = vtep.mtu + vtep.overhead
        text += f"; {vtep.name} {vtep.mtu} + {vtep.overhead} encapsulation = {whole} of {_underlay(world)}"
    return text


def _fragments(vtep: Vtep) -> bool:
    """IPv6 never does on the way (RFC 8200, 4.5); the others set DF, or drop."""
    return vtep.local.version == 4 and vtep.kind in ("vxlan", "udp", "sleeve")


def _underlay(world: World) -> int:
    return min(p.mtu for m in world.machines.values() for p in m.ports)
