"""Whom the embedded server asks in turn, whose loopback is meant, what a search list adds, and an alias's order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from behaviour import Ask, dig, docker, inside, namespace
from behaviour import Behaviour as B
from changes import running

from vethlab.running import RunningLab

__all__ = ["RESOLVING"]

#: A name server that says SERVFAIL or one address, whatever it is asked, and writes its questions down.
_SERVER = """
import socket, sys
host, said, log = sys.argv[1:]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((host, 53))
print('ready', file=open(log, 'w'), flush=True)
while True:
    asked, who = sock.recvfrom(4096)
    end = asked.index(0, 12) + 5
    print('asked', file=open(log, 'a'), flush=True)
    record = b'' if said == 'SERVFAIL' else bytes.fromhex('c00c00010001000000000004') + socket.inet_aton(said)
    flags, count = (0x8182, 0) if said == 'SERVFAIL' else (0x8180, 1)
    head = asked[:2] + flags.to_bytes(2, 'big') + bytes([0, 1, 0, count, 0, 0, 0, 0])
    sock.sendto(head + asked[12:end] + record, who)
"""
#: Where there is such a server on web that says SERVFAIL, and the topology's own, who knows the names.
_FAILS, _KNOWS = "203.0.113.80", "203.0.113.54"
_LOG = "/tmp/name-server.log"
_START = f"""
rm -f {_LOG}; "$@" {_LOG} >/dev/null 2>&1 & echo $!
for i in $(seq 100); do [ -s {_LOG} ] && exit; sleep 0.1; done; exit 1
"""


@contextmanager
def answering(lab: RunningLab, node: str, address: str, said: str, *entering: str) -> Iterator[None]:
    """Such a name server on a node, or by `entering` in a container of it."""
    server = (*entering, "/usr/bin/python3", "-c", _SERVER, address, said)
    number = lab.run(node, "sh", "-c", _START, "sh", *server).stdout.strip()
    try:
        yield
    finally:
        lab.run(node, "kill", number)


def asked_in_turn(*servers: str) -> Ask:
    """What a container with these servers is told, and whether the one of them that says SERVFAIL was asked."""
    place = ("first", "second")[servers.index(_FAILS)]

    def question(lab: RunningLab) -> str:
        listed = (word for server in servers for word in ("--dns", server))
        with answering(lab, "web", _FAILS, "SERVFAIL"), running(lab, "third", "--network", "front", *listed):
            told = dig("third", "+short", "www.example.com")(lab)
            asked = "asked" in lab.run("web", "cat", _LOG).stdout
        return f"{told}, the {place} was {'asked' if asked else 'not asked'}"

    return question


def own_loopback(lab: RunningLab) -> str:
    """On the host's 127.0.0.5 there is another one, who would say 203.0.113.80."""
    with running(lab, "third", "--network", "front", "--dns", "127.0.0.5"):
        there = ("nsenter", f"--net={namespace(lab, 'third')}")
        with answering(lab, "node1", "127.0.0.5", "10.0.0.2", *there):
            return dig("third", "+short", "www.example.com")(lab)


def hosts_loopback(lab: RunningLab) -> str:
    """A host that asks its own name server, which listens everywhere, by a loopback address, as with a caching one."""
    lab.run("node1", "sh", "-c", "cp /etc/resolv.conf /tmp/resolv.conf; echo nameserver 127.0.0.5 > /etc/resolv.conf")
    try:
        with running(lab, "third", "--network", "front"):
            return dig("third", "+short", "node2.lab.internal")(lab)
    finally:
        lab.run("node1", "sh", "-c", "cat /tmp/resolv.conf > /etc/resolv.conf")


def looked_up(name: str) -> Ask:
    """What the C library of a container makes of a name, whose search list is example.com."""
    ask = "import socket, sys\ntry: print(socket.gethostbyname(sys.argv[1]))\nexcept OSError: print('unknown')"

    def question(lab: RunningLab) -> str:
        with running(lab, "third", "--network", "front", "--dns-search", "example.com"):
            return docker(lab, "exec", "third", "python3", "-c", ask, name).stdout.strip()

    return question


def turns(lab: RunningLab) -> str:
    """Who comes first in twenty answers: that one of two never does has a chance of 2 in a million."""
    twenty = "for i in $(seq 20); do dig @127.0.0.11 +short svc | head -1; done"
    return " ".join(sorted(set(inside("both", "sh", "-c", twenty)(lab).split())))


RESOLVING = (
    B("resolving-order", "Servers are asked in order, and one that says SERVFAIL is passed over", asked_in_turn(_FAILS, _KNOWS), "203.0.113.80, the first was asked"),
    B("resolving-first", "… the next is not asked where the first knows", asked_in_turn(_KNOWS, _FAILS), "203.0.113.80, the second was not asked"),
    B("resolving-own-loopback", "--dns 127.0.0.5 is the container's own loopback", own_loopback, "10.0.0.2"),
    B("resolving-hosts-loopback", "… in the host's resolv.conf it is the host's", hosts_loopback, "192.168.1.102"),
    B("resolving-search", "A search list is tried", looked_up("www"), "203.0.113.80"),
    B("resolving-search-dots", "… for a name with dots too", looked_up("kubernetes.default"), "198.51.100.99"),
    B("resolving-search-more-dots", "… however many", looked_up("svc.ns.svc"), "198.51.100.98"),
    B("resolving-closing-dot", "A closing dot bypasses it", looked_up("www."), "unknown"),
    B("resolving-turns", "Those who share an alias come first in turn", turns, "172.20.0.2 172.20.0.3"),
)  # fmt: skip
