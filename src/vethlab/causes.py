"""The closed terms in which a root cause is told: which component, and what is wrong with it.

Closed, so that an answer can be compared without anybody's judgement; general, so that the list gives nothing away.
"""

from __future__ import annotations

__all__ = ["COMPONENTS", "MECHANISMS"]

COMPONENTS = {
    "none": "nothing is broken: the service does what it should",
    "interface": "a network interface, or the cable behind it",
    "bridge": "a bridge and its ports",
    "address": "an IP address or its prefix",
    "neighbour": "ARP and the neighbour table",
    "route": "a route or a routing table",
    "policy-rule": "a rule that chooses the routing table",
    "forwarding": "whether, and what, the kernel forwards",
    "packet-filter": "iptables or nftables filtering",
    "nat": "translation of addresses or ports",
    "conntrack": "the table of connections",
    "tunnel": "an overlay's devices, peers and ports",
    "mtu": "packet sizes along the path",
    "sockets": "what a host may open: ports, limits, timeouts",
    "resolver-config": "what a client knows about names: resolv.conf, nsswitch.conf, hosts",
    "name-server": "what is asked for names, and what it answers",
    "application": "the server program itself: where and whether it listens",
    "publication": "a published port and what it leads to",
    "container-network": "which network a container is on, and that network's options",
    "ipam": "the handing out of pod addresses",
    "cni-config": "the configuration that new pods are wired by",
}

MECHANISMS = {
    "none": "nothing",
    "down": "it is switched off, or not running",
    "missing": "something that must be there is not",
    "wrong-value": "it is there, with a wrong value",
    "duplicate": "two have what only one may have",
    "stale": "it was right once, and is no longer",
    "blocked": "it is dropped or refused by a rule",
    "detached": "it is not connected to what it belongs to",
    "isolated": "it is separated on purpose from its neighbours",
    "too-small": "a limit or size is smaller than what is needed",
    "silenced": "an error message that others depend on does not arrive",
    "shadowed": "something more specific, or earlier, is taken instead",
    "too-broad": "it applies to more than it should",
    "lossy": "some of it is lost at random",
    "overlapping": "two ranges claim the same addresses",
}
