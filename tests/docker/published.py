"""Published ports: where they are bound, who gets there, and which source the container sees."""

from __future__ import annotations

from behaviour import Behaviour as B
from behaviour import asked, says, tracked

__all__ = ["PUBLISHED"]

HOST = "192.168.1.101"

PUBLISHED = (
    B("publish-outside", "From outside, the container sees the client", asked("web", HOST, http=8080), "http 200 site saw 203.0.113.80"),
    B("publish-conntrack", "… conntrack has who answers: the container", tracked("web", HOST, "-s", "203.0.113.80", "-p", "tcp", http=8080), f"203.0.113.80 → {HOST}, 172.20.0.2 → 203.0.113.80"),
    B("publish-neighbour", "From another host too", asked("node2", HOST, http=8080), "http 200 site saw 192.168.1.102"),
    B("publish-far-container", "Another host's container is that host", asked("far", HOST, http=8080), "http 200 site saw 192.168.1.102"),
    B("publish-host", "From the host itself it sees the gateway", asked("node1", HOST, http=8080), "http 200 site saw 172.20.0.1"),
    B("publish-loopback", "… by 127.0.0.1 as well", asked("node1", "127.0.0.1", http=8080), "http 200 site saw 172.20.0.1"),
    B("publish-gateway", "… and by the gateway's address", asked("node1", "172.20.0.1", http=8080), "http 200 site saw 172.20.0.1"),
    B("publish-sibling", "A sibling keeps its own address", asked("peer", HOST, http=8080), "http 200 site saw 172.20.0.3"),
    B("publish-sibling-gateway", "… by the gateway's address too", asked("peer", "172.20.0.1", http=8080), "http 200 site saw 172.20.0.3"),
    B("publish-hairpin", "The container itself sees the gateway (hairpin)", asked("site", HOST, http=8080), "http 200 site saw 172.20.0.1"),
    B("publish-hairpin-conntrack", "… both ends are translated", tracked("site", HOST, "-s", "172.20.0.2", "-d", HOST, "-p", "tcp", http=8080), f"172.20.0.2 → {HOST}, 172.20.0.2 → 172.20.0.1"),
    B("publish-other-network", "A container on another network is isolated from it", asked("old1", HOST, http=8080), "timeout"),
    B("publish-from-user-network", "… docker0's published ports alike", asked("peer", HOST, http=8500), "timeout"),
    B("publish-from-macvlan", "macvlan does not reach its host's ports", asked("m1", HOST, http=8080), "unreachable host"),
    B("publish-docker0", "docker0's published port", asked("web", HOST, http=8500), "http 200 old1 saw 203.0.113.80"),
    B("publish-docker0-host", "… from the host", asked("node1", HOST, http=8500), "http 200 old1 saw 172.17.0.1"),
    B("publish-docker0-hairpin", "… and from itself", asked("old1", HOST, http=8500), "http 200 old1 saw 172.17.0.1"),
    B("publish-udp", "UDP", asked("web", HOST, udp=7007), "reached site saw 203.0.113.80"),
    B("publish-udp-host", "… from the host", asked("node1", HOST, udp=7007), "reached site saw 172.20.0.1"),
    B("publish-udp-only", "A UDP port is not published for TCP", asked("web", HOST, tcp=7007), "refused"),
    B("publish-tcp-only", "… nor a TCP port for UDP", asked("web", HOST, udp=8080), "refused"),
    B("publish-range-first", "A range: the first", asked("web", HOST, tcp=9001), "reached site saw 203.0.113.80"),
    B("publish-range-closed", "… one behind which nobody listens: the container refuses", asked("web", HOST, tcp=9002), "refused"),
    B("publish-range-past", "… past its end: the host refuses", asked("web", HOST, tcp=9004), "refused"),
    B("publish-ephemeral", "Without a host port, one is picked from 32768 on", asked("web", HOST, tcp=32768), "reached site saw 203.0.113.80"),
    B("publish-unpublished", "What is not published, the host refuses", asked("web", HOST, tcp=8088), "refused"),
    B("publish-on-loopback-outside", "On 127.0.0.1 only: not from outside", asked("web", HOST, http=8081), "refused"),
    B("publish-on-loopback-neighbour", "… not from another host", asked("node2", HOST, http=8081), "refused"),
    B("publish-on-loopback-sibling", "… not from a sibling", asked("peer", HOST, http=8081), "refused"),
    B("publish-on-loopback-host", "… from the host", asked("node1", "127.0.0.1", http=8081), "http 200 site saw 172.20.0.1"),
    B("publish-on-loopback-host-address", "… but not by its other address", asked("node1", HOST, http=8081), "refused"),
    B("publish-on-address", "On one address: there", asked("web", HOST, http=8082), "http 200 site saw 203.0.113.80"),
    B("publish-on-address-loopback", "… not on 127.0.0.1", asked("node1", "127.0.0.1", http=8082), "refused"),
    B("publish-on-address-gateway", "… nor on the gateway", asked("peer", "172.20.0.1", http=8082), "refused"),
    B("publish-binding", "host_binding_ipv4 is where ports go by default", asked("node1", "127.0.0.1", http=8400), "http 200 b1 saw 172.28.0.1"),
    B("publish-binding-outside", "… and only there", asked("web", HOST, http=8400), "refused"),
    B("publish-no-masquerade", "Without masquerade a port is reached from outside", asked("web", HOST, http=8300), "http 200 p1 saw 203.0.113.80"),
    B("publish-no-masquerade-host", "… and from the host, which it sees as the gateway all the same", asked("node1", HOST, http=8300), "http 200 p1 saw 172.25.0.1"),
    B("publish-none-v6", "A network without IPv6 publishes nothing on it", asked("node1", "::1", http=8080), "refused"),
    B("port-all", "docker port lists what is published", lambda lab: "\n".join(sorted(line for line in says("port", "site")(lab).splitlines() if "[::]" not in line)), "7/tcp -> 0.0.0.0:32768\n7/tcp -> 0.0.0.0:9001\n7/udp -> 0.0.0.0:7007\n8/tcp -> 0.0.0.0:9002\n80/tcp -> 0.0.0.0:8080\n80/tcp -> 127.0.0.1:8081\n80/tcp -> 192.168.1.101:8082\n9/tcp -> 0.0.0.0:9003"),
    B("port-one", "… or one", lambda lab: says("port", "old1", "80")(lab).splitlines()[0], "0.0.0.0:8500"),
    B("port-udp", "… of UDP", lambda lab: says("port", "site", "7/udp")(lab).splitlines()[0], "0.0.0.0:7007"),
)  # fmt: skip
