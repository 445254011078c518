"""What a kernel may do with flows beside routing them: balance them, speak SCTP, queue each for itself."""

from __future__ import annotations

import json
import socket
import struct
from collections import Counter
from contextlib import ExitStack

from pair import FAR, NEAR, answers, needs, pair, told

from namespaces import Namespaces
from vethlab.namespace import inside

SCTP = 132
#: setsockopt(2) numbers and structures of linux/ip_vs.h: a service, and a server of it. ipvsadm(8) speaks generic
#: netlink instead, which Debian 12's kernel allows only to root outside of every user namespace.
IP_VS_ADD, IP_VS_ADD_SERVER = 64 + 1024 + 64 + 2, 64 + 1024 + 64 + 7
MASQUERADE = 0


def test_ipvs_gives_every_other_connection_to_the_other_server(netns: Namespaces) -> None:
    """client, director, and two servers behind it, whose way back leads through it."""
    needs("IPVS")
    netns.node("client", "director", "one", "two")
    netns.cable("client", "eth0", "director", "eth0", "10.0.0.2/24", "10.0.0.1/24")
    netns.forward("director")
    for number, name in enumerate(("one", "two"), 1):
        netns.cable(name, "eth0", "director", f"eth{number}", f"10.{number}.0.2/24", f"10.{number}.0.1/24")
        netns.route(name, f"default via 10.{number}.0.1")
        netns.serve(name, http=(8080,))
    balance(netns, "10.0.0.1", ["10.1.0.2", "10.2.0.2"])
    said = [json.loads(told(netns, "client", "curl -s -m 20 http://10.0.0.1:8080/")) for _ in range(4)]
    assert Counter(a["identity"] for a in said) == {"one": 2, "two": 2}
    assert {a["source"] for a in said} == {"10.0.0.2"}


def balance(netns: Namespaces, address: str, servers: list[str]) -> None:
    """Port 8080 of the director's address is the servers', in turn."""
    service = struct.pack("=H2x4s2s2xI16sIII", socket.IPPROTO_TCP, *end(address), 0, b"rr", 0, 0, 0xFFFFFFFF)
    with inside(netns.pids["director"]), socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as control:
        control.setsockopt(socket.IPPROTO_IP, IP_VS_ADD, service)
        for server in servers:
            member = struct.pack("=4s2s2xIiII", *end(server), MASQUERADE, 1, 0, 0)
            control.setsockopt(socket.IPPROTO_IP, IP_VS_ADD_SERVER, service + member)


def end(address: str) -> tuple[bytes, bytes]:
    """Address and port 8080 as they are on the wire."""
    return socket.inet_aton(address), struct.pack("!H", 8080)


def test_sctp_carries_messages_and_keeps_them_apart(netns: Namespaces) -> None:
    needs("SCTP")
    pair(netns)
    with ExitStack() as stack:
        server, client = (
            stack.enter_context(opened(netns, name, socket.SOCK_STREAM, SCTP)) for name in ("far", "near")
        )
        server.bind((FAR, 7))
        server.listen()
        client.connect((FAR, 7))
        connection, (source, _) = server.accept()
        connection.settimeout(20)
        stack.enter_context(connection)
        client.send(b"one")
        client.send(b"two")
        # As datagrams are, and unlike TCP's: what is sent at once arrives at once (RFC 9260, 1.5.2).
        assert (source, connection.recv(100), connection.recv(100)) == (NEAR, b"one", b"two")
        connection.send(b"three")
        assert client.recv(100) == b"three"


def opened(netns: Namespaces, name: str, kind: socket.SocketKind, protocol: int = 0) -> socket.socket:
    """A socket of that place, which gives up after 20 s."""
    with inside(netns.pids[name]):
        made = socket.socket(socket.AF_INET, kind, protocol)
    made.settimeout(20)
    return made


def test_fq_codel_lets_a_thin_flow_overtake_a_fat_one(netns: Namespaces) -> None:
    """Thirty datagrams wait for a slow link, for a second; what others send after them is there first (RFC 8290)."""
    needs("fq_codel", "tbf")
    pair(netns)
    assert answers(netns, "near", FAR)
    told(netns, "near", "tc qdisc add dev eth0 root handle 1: tbf rate 200kbit burst 2000 latency 50ms")
    told(netns, "near", "tc qdisc add dev eth0 parent 1:1 handle 10: fq_codel")
    with ExitStack() as stack:
        places = ("far", "near", "near", "near")
        receiver, fat, *thin = (stack.enter_context(opened(netns, name, socket.SOCK_DGRAM)) for name in places)
        receiver.bind((FAR, 9))
        for number in range(30):
            fat.sendto(b"%d".ljust(1000) % number, (FAR, 9))
        for sender in thin:  # two, for one in a thousand shares its queue with the fat one
            sender.sendto(b"thin", (FAR, 9))
        order = list(iter(lambda: receiver.recv(2000).rstrip(), b"29"))
    assert b"thin" in order, "it came after the last of the fat flow"
