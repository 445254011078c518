"""Which rows a fault breaks, said of the world of two-hosts.yml.

node1    site, tool on docker0    pod1, pod2 on cni0
node2                             pod3 on cni0
router between them and web, ns, resolver outside
"""

from __future__ import annotations

from collections.abc import Callable

from vethlab.outcome import Answered, Http, Reached, Timeout, Unreachable
from vethlab.row import Row

Rows = Callable[[Row], bool]

CONTAINERS = {"site", "tool"}
PODS = {"pod1", "pod2", "pod3"}
#: What node1 forwards for; and the addresses it has itself.
BEHIND = {"site", "tool", "pod1", "pod2"}
OWN = {"192.168.1.101", "172.17.0.1", "10.244.1.1", "10.244.1.0"}
INSIDE = {"node1", "node2", *BEHIND, "pod3"}
OUTSIDE = {"web", "ns", "resolver"}
BRIDGES = ({"site", "tool"}, {"pod1", "pod2"}, {"pod3"})


def ends(row: Row) -> set[str]:
    return {row.source, row.target}


def touches(name: str) -> Rows:
    return lambda row: name in ends(row)


def between(these: set[str], those: set[str]) -> Rows:
    """Either asks the other."""
    return lambda row: (row.source in these and row.target in those) or (row.source in those and row.target in these)


def is_published(row: Row) -> bool:
    return row.target == "site" and row.probe.port in (8080, 7007)


def silent(row: Row) -> bool:
    """Silence is expected, and no fault makes it louder. Its bracket is another row of the same source."""
    return isinstance(row.expected, Timeout)


def told_by_router(row: Row) -> bool:
    """From outside to an address of a pod or container: the router says that there is no way, long before any fault."""
    return isinstance(row.expected, Unreachable)


def tells_source(row: Row) -> str | None:
    return row.expected.source if isinstance(row.expected, Reached | Http) else None


def same_bridge(row: Row) -> bool:
    """The frame stays on a bridge; a published port is asked for at the host's address, and so is not meant."""
    return any(row.source in b and row.target in b for b in BRIDGES) and not is_published(row)


def forwarded_by_node1(row: Row) -> bool:
    """Question or answer is routed through node1, on behalf of what lives there. node1's own packets are not."""
    return bool(ends(row) & BEHIND) and "node1" not in ends(row) and not same_bridge(row) and not told_by_router(row)


def is_tunnelled(row: Row) -> bool:
    """Question and answer go through the overlay between node1 and node2."""
    return (between({"pod3"}, {"node1", *BEHIND} - CONTAINERS)(row) and not reaches_node(row)) or overlay_rest(row)


def overlay_rest(row: Row) -> bool:
    return (row.source in CONTAINERS and row.target == "pod3") or (
        row.source == "node2" and row.target in PODS - {"pod3"}
    )


def reaches_node(row: Row) -> bool:
    """The node is asked at its own address, and answers from there."""
    return row.target.startswith("node")


def crosses_router(row: Row) -> bool:
    """Between inside and outside; also a name of the outside that somebody inside asks for."""
    if row.probe.kind == "dns" and row.source in INSIDE:
        return row.probe.name is not None and row.probe.name.endswith("example.com")
    return between(INSIDE, OUTSIDE)(row) and not told_by_router(row)


def asks_name(row: Row, name: str) -> bool:
    return isinstance(row.expected, Answered) and row.probe.name == name
