"""Names: the embedded server at 127.0.0.11, what it forwards, and the files in a container."""

from __future__ import annotations

import re

from behaviour import Ask, asked, dig, file_of, inside
from behaviour import Behaviour as B

__all__ = ["NAMES"]

MANY = " ".join(sorted(f"198.51.100.{n}" for n in range(1, 51)))


def name(container: str, wanted: str, **more: object) -> Ask:
    return asked(container, "resolver", dns=wanted, **more)


NAMES = (
    B("dns-name", "A container's name is its address", name("peer", "site"), "answered NOERROR 172.20.0.2"),
    B("dns-own-name", "… its own too", name("peer", "peer"), "answered NOERROR 172.20.0.3"),
    B("dns-case", "Case does not matter", name("peer", "SITE"), "answered NOERROR 172.20.0.2"),
    B("dns-network", "With the network's name behind it", name("peer", "site.front"), "answered NOERROR 172.20.0.2"),
    B("dns-wrong-network", "… but not another network's", name("peer", "site.back"), "answered REFUSED"),
    B("dns-alias", "An alias", name("both", "sql"), "answered NOERROR 172.21.0.3"),
    B("dns-alias-case", "… written in capitals", name("site", "mixed"), "answered NOERROR 172.20.0.3"),
    B("dns-alias-several", "An alias of several is all of them", name("both", "svc"), "answered NOERROR 172.20.0.2,172.20.0.3"),
    B("dns-second-network", "Names of one's second network", name("both", "vault"), "answered NOERROR 172.21.0.3"),
    B("dns-first-network-first", "A name on both is that of the first", name("both", "both"), "answered NOERROR 172.20.0.4"),
    B("dns-not-ones-network", "Names of networks one is not on are unknown", name("peer", "vault"), "answered REFUSED"),
    B("dns-other-host", "… nor are those on another host", name("peer", "far"), "answered REFUSED"),
    B("dns-docker0-name", "docker0 has no names: from a network", name("peer", "old1"), "answered REFUSED"),
    B("dns-docker0", "… nor on docker0 itself", name("old1", "old2"), "answered REFUSED"),
    B("dns-docker0-host", "docker0's containers ask their host's server", name("old1", "old2.lab.internal"), "answered NOERROR 172.17.0.3"),
    B("dns-no-v6", "No AAAA for a container without IPv6, and no error", name("peer", "site", record="AAAA"), "answered NOERROR"),
    B("dns-v6", "AAAA where there is IPv6", name("d1", "d2", record="AAAA"), "answered NOERROR fd00:29::3"),
    B("dns-v6-a", "… and A beside it", name("d1", "d2"), "answered NOERROR 172.29.0.3"),
    B("dns-mx", "MX of a known name: no error, nothing", lambda lab: header(dig("peer", "+noall", "+comments", "MX", "site")(lab)), "NOERROR, 0 answers"),
    B("dns-ptr", "An address leads back to name.network", dig("peer", "+short", "-x", "172.20.0.2"), "site.front."),
    B("dns-ptr-foreign", "… one of another network is the host's server's affair", dig("peer", "+short", "-x", "172.21.0.3"), "vault.lab.internal."),
    B("dns-tcp", "Over TCP", dig("peer", "+short", "+tcp", "site"), "172.20.0.2"),
    B("dns-forward", "Other names are asked of the host's server", name("peer", "www.example.com"), "answered NOERROR 203.0.113.80"),
    B("dns-forward-tcp", "… over TCP", dig("peer", "+short", "+tcp", "www.example.com"), "203.0.113.80"),
    B("dns-forward-nxdomain", "What nobody has is NXDOMAIN", name("peer", "nobody.example.com"), "answered NXDOMAIN"),
    B("dns-forward-lab", "The host's own names", name("peer", "node2.lab.internal"), "answered NOERROR 192.168.1.102"),
    B("dns-large", "Fifty records arrive whole", dig("peer", "+short", "many.example.com"), MANY),
    B("dns-large-small-buffer", "… with a small buffer", dig("peer", "+short", "+bufsize=512", "many.example.com"), MANY),
    B("dns-large-tcp", "… over TCP", dig("peer", "+short", "+tcp", "many.example.com"), MANY),
    B("dns-truncated", "A cut answer says so", lambda lab: header(dig("peer", "+noedns", "+ignore", "+noall", "+comments", "many.example.com")(lab)), "NOERROR, cut"),
    B("dns-internal-peer", "On an internal network names are answered", name("safe", "vault"), "answered NOERROR 172.21.0.3"),
    B("dns-internal-forward", "… others are SERVFAIL", name("safe", "www.example.com"), "answered SERVFAIL", "internal-dns", "answered NOERROR 203.0.113.80"),
    B("dns-two-networks-forward", "One network that is not internal is enough", name("both", "www.example.com"), "answered NOERROR 203.0.113.80"),
    B("dns-own-server", "--dns: asked out of the container's own network", name("told", "www.example.com"), "answered NOERROR 203.0.113.80"),
    B("dns-own-server-only", "… and nobody else", name("told", "node2.lab.internal"), "answered REFUSED"),
    B("dns-own-server-names", "… names of the network stay", name("told", "site"), "answered NOERROR 172.20.0.2"),
    B("dns-mode-container", "In another's network its server is asked", name("sidecar", "peer"), "answered NOERROR 172.20.0.3"),
    B("dns-mode-host", "In the host's network the host's", name("hostly", "node2.lab.internal"), "answered NOERROR 192.168.1.102"),
    B("dns-mode-host-names", "… which knows no container of a network by its bare name", name("hostly", "site"), "answered REFUSED"),
    B("resolv-network", "resolv.conf on a network", lambda lab: settings(file_of("peer", "/etc/resolv.conf")(lab)), "nameserver 127.0.0.11 | options ndots:0 | search lab.internal"),
    B("resolv-docker0", "… on docker0: the host's", lambda lab: settings(file_of("old1", "/etc/resolv.conf")(lab)), "nameserver 192.168.1.101 | search lab.internal"),
    B("resolv-search", "--dns-search", lambda lab: settings(file_of("told", "/etc/resolv.conf")(lab)), "nameserver 127.0.0.11 | options ndots:0 | search corp.example"),
    B("hosts-own", "/etc/hosts has the container itself", lambda lab: entry(file_of("peer", "/etc/hosts")(lab), "peer"), "172.20.0.3"),
    B("hosts-two", "… on each of its networks", lambda lab: entry(file_of("both", "/etc/hosts")(lab), "both"), "172.20.0.4 172.21.0.2"),
    B("hosts-others", "… and nobody else", lambda lab: entry(file_of("peer", "/etc/hosts")(lab), "site"), ""),
    B("hosts-added", "--add-host", lambda lab: entry(file_of("told", "/etc/hosts")(lab), "legacy"), "10.9.8.7"),
    B("hosts-gateway", "… host-gateway is docker0's address", lambda lab: entry(file_of("told", "/etc/hosts")(lab), "me"), "172.17.0.1"),
    B("hosts-localhost", "localhost", lambda lab: entry(file_of("peer", "/etc/hosts")(lab), "localhost").split()[0], "127.0.0.1"),
    B("hostname-set", "--hostname", lambda lab: lab.run("told", "hostname").stdout.strip(), "teller"),
    B("hostname-host", "network mode host: the host's name", file_of("hostly", "/etc/hostname"), "node1"),
    B("route-default", "The default route leads to the gateway", lambda lab: inside("peer", "ip", "-4", "route", "show", "default")(lab), "default via 172.20.0.1 dev eth0"),
    B("route-internal", "An internal network has none", lambda lab: inside("safe", "ip", "-4", "route", "show", "default")(lab), "", "internal-route", "default via 172.21.0.1 dev eth0"),
    B("route-two", "With two networks there is one", lambda lab: inside("both", "ip", "-4", "route", "show", "default")(lab), "default via 172.20.0.1 dev eth0"),
    B("mtu-option", "The MTU of an interface is the network's", lambda lab: inside("s1", "ip", "link", "show", "eth0")(lab).split()[4], "1400"),
    B("v6-off", "IPv6 is off in a container without it", lambda lab: inside("peer", "sysctl", "-n", "net.ipv6.conf.eth0.disable_ipv6")(lab), "1"),
)  # fmt: skip


def header(text: str) -> str:
    """Of what dig prints with +comments: the response code, and how many answers there are or that it was cut."""
    code, answers = (re.search(p, text) for p in (r"status: (\w+)", r"ANSWER: (\d+)"))
    cut = re.search(r"flags:[^;]* tc[ ;]", text)
    return f"{code and code[1]}, " + ("cut" if cut else f"{answers and answers[1]} answers")


def settings(text: str) -> str:
    """resolv.conf without its comments, in one order."""
    return " | ".join(sorted(part.strip() for part in text.split("|") if part.strip() and "#" not in part))


def entry(text: str, host: str) -> str:
    """The addresses of a name in a hosts file."""
    lines = (line.split() for line in text.split("|"))
    return " ".join(sorted(words[0] for words in lines if host in words[1:]))
