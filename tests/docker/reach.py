"""Who reaches whom, and as whom: bridges, isolation, gateway modes, and the ways out."""

from __future__ import annotations

from behaviour import Ask, asked, broken, tracked
from behaviour import Behaviour as B

__all__ = ["DIRECT", "REACH"]

SITE, PEER, BOTH, BACK, SAFE = "172.20.0.2", "172.20.0.3", "172.20.0.4", "172.21.0.3", "172.21.0.4"

ON_A_BRIDGE = (
    B("bridge-tcp", "Containers on a network reach each other as themselves", asked("peer", SITE, tcp=7), "reached site saw 172.20.0.3"),
    B("bridge-udp", "… over UDP too", asked("peer", SITE, udp=7), "reached site saw 172.20.0.3"),
    B("bridge-icmp", "… and by ping", asked("peer", SITE, icmp=True), "reached"),
    B("bridge-closed", "A port nobody listens on refuses", asked("peer", SITE, tcp=9), "refused"),
    B("bridge-closed-udp", "… over UDP by ICMP port unreachable", asked("peer", SITE, udp=9), "refused"),
    B("bridge-mtu", "The MTU of a bridge is 1500", asked("peer", SITE, mtu=True), "path_mtu 1500"),
    B("bridge-mtu-option", "… or what the network says", asked("s1", "172.26.0.3", mtu=True), "path_mtu 1400"),
    B("bridge-gateway", "The gateway answers pings", asked("peer", "172.20.0.1", icmp=True), "reached"),
    B("bridge-host", "A container reaches its host by the gateway", asked("peer", "172.20.0.1", tcp=7), "reached node1 saw 172.20.0.3"),
    B("bridge-host-underlay", "… and by the host's own address", asked("peer", "192.168.1.101", tcp=7), "reached node1 saw 172.20.0.3"),
    B("host-to-container", "The host reaches a container, published or not", asked("node1", PEER, tcp=7), "reached peer saw 172.20.0.1"),
    B("host-to-internal", "… on an internal network too", asked("node1", BACK, tcp=7), "reached vault saw 172.21.0.1"),
    B("host-to-docker0", "… and on docker0", asked("node1", "172.17.0.3", tcp=7), "reached old2 saw 172.17.0.1"),
    B("docker0-tcp", "Containers on docker0 reach each other", asked("old1", "172.17.0.3", tcp=7), "reached old2 saw 172.17.0.2"),
    B("range-address", "Addresses come from the range of the network", asked("node1", "172.27.5.0", tcp=7), "reached r1 saw 172.27.0.1"),
    B("dual-v6", "IPv6 beside IPv4 on one network", asked("d1", "fd00:29::3", tcp=7), "reached d2 saw fd00:29::2"),
    B("dual-v4", "… and IPv4 beside IPv6", asked("d1", "172.29.0.3", tcp=7), "reached d2 saw 172.29.0.2"),
    B("dual-v6-gateway", "An IPv6 gateway answers", asked("d1", "fd00:29::1", icmp=True), "reached"),
    B("v4-only", "A network without IPv6 has no way there", asked("peer", "fd00:29::3", tcp=7), "unreachable no-route"),
    B("two-networks-first", "A container on two networks reaches one", asked("both", SITE, tcp=7), "reached site saw 172.20.0.4"),
    B("two-networks-second", "… and the other, with its address there", asked("both", BACK, tcp=7), "reached vault saw 172.21.0.2"),
)  # fmt: skip

ISOLATION = (
    B("isolated-bridges", "Two user-defined networks do not reach each other", asked("peer", "172.28.0.2", tcp=7), "timeout"),
    B("isolated-icmp", "… not even by ping", asked("peer", "172.28.0.2", icmp=True), "timeout"),
    B("isolated-docker0", "A user-defined network does not reach docker0", asked("peer", "172.17.0.2", tcp=7), "timeout"),
    B("isolated-from-docker0", "… nor docker0 a user-defined network", asked("old1", SITE, tcp=7), "timeout"),
    B("isolated-published", "What is published on the container's own port is isolated as well", asked("old1", SITE, http=80), "timeout"),
    B("isolated-foreign-gateway", "The gateway of another network is the host, and answers", asked("old1", "172.20.0.1", icmp=True), "reached"),
    B("internal-peers", "On an internal network containers reach each other", asked("safe", BACK, tcp=7), "reached vault saw 172.21.0.4"),
    B("internal-gateway", "… and the gateway's address", asked("safe", "172.21.0.1", icmp=True), "reached"),
    B("internal-outside", "… but nothing else: there is no default route", asked("safe", "203.0.113.80", tcp=7), "unreachable no-route", "internal-route", "timeout"),
    B("internal-host", "… not the host's other addresses either", asked("safe", "192.168.1.101", icmp=True), "unreachable no-route", "internal-route", "reached"),
    B("internal-from-front", "Nobody gets in from another network", asked("peer", BACK, tcp=7), "timeout"),
    B("internal-from-docker0", "… nor from docker0", asked("old1", BACK, tcp=7), "timeout"),
    B("icc-false", "icc=false keeps containers of one bridge apart", asked("q1", "172.24.0.3", tcp=7), "timeout"),
    B("icc-false-icmp", "… for pings too", asked("q1", "172.24.0.3", icmp=True), "timeout"),
    B("icc-false-gateway", "… not from their gateway", asked("q1", "172.24.0.1", icmp=True), "reached"),
    B("icc-false-outside", "… nor from the outside", asked("q1", "203.0.113.80", http=80), "http 200 web saw 192.168.1.101"),
    B("icc-false-published", "… and not by the host's port either", asked("q1", "192.168.1.101", http=8200), "timeout"),
    B("icc-false-host", "The host reaches them", asked("node1", "172.24.0.3", tcp=7), "reached q2 saw 172.24.0.1"),
    B("icc-false-web", "… and the outside what is published", asked("web", "192.168.1.101", http=8200), "http 200 q2 saw 203.0.113.80"),
)  # fmt: skip

OUTSIDE = (
    B("masquerade", "Outside, a container is its host", asked("peer", "203.0.113.80", http=80), "http 200 web saw 192.168.1.101"),
    B("masquerade-conntrack", "… conntrack has whom the answer goes to: the host", tracked("peer", "203.0.113.80", "-s", PEER, "-p", "tcp", tcp=7), f"{PEER} → 203.0.113.80, 203.0.113.80 → 192.168.1.101"),
    B("masquerade-udp", "… over UDP", asked("peer", "203.0.113.80", udp=7), "reached web saw 192.168.1.101"),
    B("masquerade-docker0", "… from docker0", asked("old1", "203.0.113.80", tcp=7), "reached web saw 192.168.1.101"),
    B("masquerade-neighbour", "… and to another host", asked("peer", "192.168.1.102", tcp=7), "reached node2 saw 192.168.1.101"),
    B("masquerade-icmp", "Pings get out", asked("peer", "203.0.113.80", icmp=True), "reached"),
    B("masquerade-two-networks", "With two networks the one that is not internal leads out", asked("both", "203.0.113.80", tcp=7), "reached web saw 192.168.1.101"),
    B("small-outside", "A small MTU goes all the way", asked("s1", "203.0.113.80", mtu=True), "path_mtu 1400"),
    B("no-masquerade", "Without masquerade the answer has no way back", asked("p1", "203.0.113.80", tcp=7), "timeout"),
    B("no-masquerade-host", "… but the host itself is reached", asked("p1", "192.168.1.101", tcp=7), "reached node1 saw 172.25.0.2"),
    B("outside-refused", "A closed port outside refuses", asked("peer", "203.0.113.80", tcp=9), "refused"),
    B("direct-unknown", "Outside nobody knows the way to a container's address", asked("web", SITE, tcp=7), "unreachable network"),
)  # fmt: skip


def accepting(question: Ask) -> Ask:
    """The answer while nothing is dropped for want of a rule."""
    return broken("iptables -P FORWARD ACCEPT", "iptables -P FORWARD DROP", question)


def directly(target: str, **question: object) -> Ask:
    """The router asks a container's address, and knows that it is behind node1."""
    spoil, mend = "ip route replace 172.16.0.0/12 via 192.168.1.101", "ip route del 172.16.0.0/12"
    return broken(spoil, mend, asked("router", target, **question), node="router")


DIRECT = (
    B("direct-published", "A neighbour that routes to a container's address gets nothing, published or not", directly(SITE, http=80), "timeout", "protected", "http 200 site saw 192.168.1.1"),
    B("direct-unpublished", "… not published", directly(PEER, tcp=7), "timeout"),
    B("direct-ping", "… not even a ping", directly(PEER, icmp=True), "timeout"),
    B("direct-routed-published", "gateway mode routed: what is published answers, untranslated", directly("172.22.0.2", http=80), "http 200 straight saw 192.168.1.1"),
    B("direct-routed-unpublished", "… what is not does not", directly("172.22.0.2", tcp=7), "timeout"),
    B("direct-routed-ping", "… and pings do", directly("172.22.0.2", icmp=True), "reached", "gateway-modes", "timeout"),
    B("direct-open", "nat-unprotected: every port answers", directly("172.23.0.2", tcp=7), "reached bare saw 192.168.1.1", "gateway-modes", "timeout"),
    B("direct-open-ping", "… and pings", directly("172.23.0.2", icmp=True), "reached", "gateway-modes", "timeout"),
    B("direct-accept-published", "FORWARD's policy ACCEPT weakens none of this: published", accepting(directly(SITE, http=80)), "timeout", "protected", "http 200 site saw 192.168.1.1"),
    B("direct-accept-unpublished", "… not published", accepting(directly(PEER, tcp=7)), "timeout", "protected", "reached peer saw 192.168.1.1"),
    B("direct-accept-routed-unpublished", "… routed, and not published", accepting(directly("172.22.0.2", tcp=7)), "timeout", "protected", "reached straight saw 192.168.1.1"),
    B("direct-internal", "An internal network is closed to all", directly(BACK, tcp=7), "timeout"),
    B("direct-icc", "… so is one with icc=false", directly("172.24.0.2", tcp=7), "timeout"),
)  # fmt: skip

MODES = (
    B("nat-to-routed", "nat → routed: an open port works", asked("peer", "172.22.0.2", http=80), "http 200 straight saw 172.22.0.1", "gateway-modes", "timeout"),
    B("nat-to-routed-closed", "… another one does not", asked("peer", "172.22.0.2", tcp=7), "timeout"),
    B("nat-to-routed-ping", "… pings do", asked("peer", "172.22.0.2", icmp=True), "reached", "gateway-modes", "timeout"),
    B("routed-to-nat", "routed → nat never", asked("straight", SITE, http=80), "timeout"),
    B("routed-outside", "routed: the outside does not know the way back", asked("straight", "203.0.113.80", tcp=7), "timeout", "gateway-modes", "reached web saw 192.168.1.101"),
    B("routed-host-port", "routed: nothing is translated on the host's port", asked("web", "192.168.1.101", http=8100), "refused", "gateway-modes", "http 200 straight saw 203.0.113.80"),
    B("open-outside", "nat-unprotected is masqueraded as nat is", asked("bare", "203.0.113.80", tcp=7), "reached web saw 192.168.1.101"),
    B("open-isolated", "… and isolated from other networks", asked("peer", "172.23.0.2", tcp=7), "timeout"),
    B("host-to-routed", "The host reaches all of them", asked("node1", "172.22.0.2", tcp=7), "reached straight saw 172.22.0.1"),
    B("mode-host-outside", "network mode host: the host's own address is seen", asked("hostly", "203.0.113.80", tcp=7), "reached web saw 192.168.1.101"),
    B("mode-host-container", "… and containers see the gateway", asked("hostly", SITE, tcp=7), "reached site saw 172.20.0.1"),
    B("mode-none", "network mode none: no way anywhere", asked("alone", "192.168.1.101", tcp=7), "unreachable no-route"),
    B("mode-container", "network mode container: its address is the other's", asked("sidecar", PEER, tcp=7), "reached peer saw 172.20.0.2"),
    B("mode-container-localhost", "… and its servers are on 127.0.0.1", asked("sidecar", "127.0.0.1", tcp=7), "reached site saw 127.0.0.1"),
    B("macvlan-peers", "macvlan: ports of one parent reach each other", asked("m1", "192.168.1.193", tcp=7), "reached m2 saw 192.168.1.192"),
    B("macvlan-neighbour", "… and other machines of the wire, as themselves", asked("m1", "192.168.1.102", tcp=7), "reached node2 saw 192.168.1.192"),
    B("macvlan-from-neighbour", "… which reach them", asked("node2", "192.168.1.192", tcp=7), "reached m1 saw 192.168.1.102"),
    B("macvlan-outside", "… and the outside, past the host's masquerade", asked("m1", "203.0.113.80", tcp=7), "reached web saw 192.168.1.192"),
    B("macvlan-from-outside", "… also the other way round", asked("web", "192.168.1.192", tcp=7), "reached m1 saw 203.0.113.80"),
    B("macvlan-own-host", "… but never their own host", asked("m1", "192.168.1.101", tcp=7), "unreachable host"),
    B("macvlan-from-own-host", "… nor it them", asked("node1", "192.168.1.192", tcp=7), "unreachable host"),
)  # fmt: skip

REACH = (*ON_A_BRIDGE, *ISOLATION, *OUTSIDE, *MODES)
