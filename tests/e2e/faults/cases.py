"""Every fault that is injected, with the rows that must fail of it, and no others.

Numbers are rows of a catalogue of faults: L link, R routing, M MTU, N netfilter, D names, K overlay, C Docker.
"""

from __future__ import annotations

from injection import Case
from rows import (
    BEHIND,
    CONTAINERS,
    INSIDE,
    OUTSIDE,
    OWN,
    asks_name,
    between,
    crosses_router,
    ends,
    forwarded_by_node1,
    is_published,
    is_tunnelled,
    silent,
    tells_source,
    told_by_router,
    touches,
)

from vethlab.faults import dns, link, mtu, netfilter, overlay, routing

LINK = [
    Case("L01", lambda w: link.host_end_down(w, "pod1"), lambda r: touches("pod1")(r) and not told_by_router(r)),
    Case("L02", lambda w: link.not_enslaved(w, "pod1"), lambda r: touches("pod1")(r) and not told_by_router(r)),
    # pod2 is on the link; and node1 and its containers are seen as the bridge's address, which is on the link too.
    Case(
        "L03",
        lambda w: link.no_default_route(w, "pod1"),
        lambda r: (r.source == "pod1" and r.target != "pod2") or between({"node2", "pod3"}, {"pod1"})(r),
    ),
    Case(
        "L04",
        lambda w: link.wrong_gateway(w, "pod1"),
        lambda r: (
            not silent(r) and ((r.source == "pod1" and r.target != "pod2") or between({"node2", "pod3"}, {"pod1"})(r))
        ),
    ),
    # Other hosts' pods, and node2 as it is seen there, are taken for neighbours. The rest is still behind the gateway.
    Case(
        "L05",
        lambda w: link.wrong_mask(w, "pod1"),
        lambda r: between({"pod1"}, {"pod3"})(r) or (r.source == "node2" and r.target == "pod1"),
    ),
    Case("L09", lambda w: link.wrong_neighbour(w, "pod2", "pod1"), between({"pod1"}, {"pod2"})),
    Case("L10", lambda w: link.isolated_ports(w, "pod1", "pod2"), between({"pod1"}, {"pod2"})),
    Case("L11", lambda w: link.port_blocking(w, "pod1"), lambda r: touches("pod1")(r) and not told_by_router(r)),
]

ROUTING = [
    Case("R01", lambda w: routing.no_forwarding(w, "node1"), lambda r: forwarded_by_node1(r) and not silent(r)),
    Case(
        "R03",
        lambda w: routing.policy_route(w, "pod1"),
        lambda r: touches("pod1")(r) and forwarded_by_node1(r) and not silent(r),
    ),
    Case(
        "R04",
        lambda w: routing.blackholed(w, "node2", "pod1"),
        lambda r: between({"pod1"}, {"pod3"})(r) or (r.source == "node2" and r.target == "pod1"),
    ),
    Case("R05", lambda w: routing.no_peer_route(w, "node1", "node2"), is_tunnelled),
    Case("R06", lambda w: routing.ttl_rewritten(w, "router", "lan"), crosses_router),
]

MTU = [
    Case(
        "M01",
        lambda w: mtu.pmtu_blackhole(w, "router", "isp"),
        lambda r: r.probe.kind == "mtu" and (between(INSIDE, OUTSIDE)(r) or between({"router"}, OUTSIDE)(r)),
    ),
    # The tunnel of node1 is too small for what goes out by it. Replies may be cut in pieces, and so come whole.
    Case(
        "M03",
        lambda w: mtu.overlay_smaller(w, "node1"),
        lambda r: r.probe.kind == "mtu" and is_tunnelled(r) and r.target == "pod3",
    ),
    Case("M04", lambda w: mtu.bridge_port_smaller(w, "pod1"), lambda r: r.probe.kind == "mtu" and touches("pod1")(r)),
]

NETFILTER = [
    # Frames on a bridge pass FORWARD too. What node1 sends itself, and what it gets, does not.
    Case(
        "N01",
        lambda w: netfilter.forward_drop(w, "node1", 80),
        lambda r: r.probe.kind == "http" and bool(ends(r) & BEHIND) and "node1" not in ends(r) and not silent(r),
    ),
    # Docker's own rules let containers through, and what answers them.
    Case(
        "N02",
        lambda w: netfilter.no_pod_accept(w, "node1"),
        lambda r: bool(ends(r) & {"pod1", "pod2"}) and not ends(r) & {"node1", *CONTAINERS} and not told_by_router(r),
    ),
    Case("N03", lambda w: netfilter.ingress_drop(w, "node2", 8472), is_tunnelled),
    # What node1's own pods answer is dropped in raw, being for a container; towards pod3 the tunnel masquerades itself.
    Case(
        "N05",
        lambda w: netfilter.no_masquerade(w, "node1"),
        lambda r: r.source in CONTAINERS and r.target in {"pod1", "pod2", "node2", "router", *OUTSIDE},
    ),
    Case(
        "N06",
        lambda w: netfilter.overmasquerade(w, "node1"),
        lambda r: bool(ends(r) & BEHIND) and tells_source(r) not in {None, *OWN} and "node1" not in ends(r),
    ),
    Case("N11", lambda w: netfilter.no_hairpin(w, "site"), lambda r: r.source == r.target == "site"),
    Case("N12", lambda w: netfilter.bridge_nf_off(w, "node1"), lambda r: r.source == "tool" and is_published(r)),
    Case(
        "N13",
        lambda w: netfilter.raw_drop(w, "node1", 8080),
        lambda r: is_published(r) and r.probe.port == 8080 and r.source != "node1",
    ),
]

DNS = [
    Case("D01", lambda w: dns.wrong_nameserver(w, "pod1"), lambda r: r.source == "pod1" and r.probe.kind == "dns"),
    Case(
        "D06",
        lambda w: dns.name_denied(w, "node1", "www.example.com"),
        lambda r: r.source in {"node1", *BEHIND} and asks_name(r, "www.example.com"),
    ),
]

OVERLAY = [
    Case("K15", lambda w: overlay.no_fdb_entry(w, "node1", "node2"), is_tunnelled),
    Case("K16", lambda w: overlay.no_vtep_neighbour(w, "node1", "node2"), is_tunnelled),
    Case("K17", lambda w: overlay.outer_filtered(w, "node2"), is_tunnelled),
]

DOCKER = [
    Case(
        "C07",
        lambda w: netfilter.docker_user_drop(w, "site"),
        lambda r: (
            touches("site")(r)
            and "node1" not in ends(r)
            and not told_by_router(r)
            and not (silent(r) and r.target == "site")
        ),
    ),
]

CASES = [*LINK, *ROUTING, *MTU, *NETFILTER, *DNS, *OVERLAY, *DOCKER]

#: The first place that did not see the packet, for a fault at one; `<` is said of the answer. A check locates the first
#: failures it has, so not each of these places need show, but no other may.
HOPS = {
    "L01": "node1:cni0 pod1:eth0 pod2:eth0",
    "L02": "node1:cni0 pod1:eth0 pod2:eth0",
    "L03": "pod1:eth0 pod1:eth0<",
    "L04": "pod1:eth0 pod1:eth0<",
    "L05": "pod1:eth0 pod1:eth0<",
    "L09": "pod1:eth0 pod1:eth0<",
    "L10": "pod1:eth0 pod2:eth0",
    "L11": "node1:cni0 pod1:eth0 pod2:eth0",
    "R01": "node1:eth0 node1:cni0 node1:flannel.1 node1:docker0 node1:docker0< node1:cni0<",
    "R03": "node1:cni0 node1:eth0 node1:flannel.1",
    "R04": "node2:flannel.1 node2:cni0",
    "R05": "node1:flannel.1 node1:flannel.1<",
    "R06": "router:eth1 router:eth1<",
    "M01": "router:eth1",
    "M03": "node1:flannel.1",
    "M04": "node1:veth00000003",
    "N01": "node1:eth0 node1:cni0 node1:flannel.1 node1:docker0 node1:veth0000001 node1:veth0000002 node1:veth00000003"
    " node1:veth00000004 site:eth0<",
    "N02": "node1:eth0 node1:cni0 node1:flannel.1 node1:veth00000004 node1:veth00000003",
    "N03": "node2:flannel.1 node2:flannel.1<",
    "N05": "router:eth1 node2:eth0< router:eth0< node1:cni0<",
    "N11": "site:eth0<",
    "N13": "node1:docker0 node1:cni0 site:eth0< node1:veth0000001",
    "D01": "node1:cni0<",
    "K15": "node1:eth0 node1:eth0<",
    "K16": "node1:flannel.1 node1:flannel.1<",
    "K17": "node2:flannel.1 node2:flannel.1<",
    "C07": "node1:docker0< node1:veth0000001 node1:veth0000001<",
}
