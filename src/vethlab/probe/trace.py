"""Where a packet died: the row's question once more, with somebody looking at every hop.

A packet is known again by what NAT and tunnels leave alone: TCP by the initial sequence number we choose, UDP and ICMP
by a nonce in the payload, a DNS question by its very bytes. An ICMP error quotes the packet it is about, and so counts
as the answer.
"""

from __future__ import annotations

import secrets
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import dns.message

from ..errors import LabError
from ..namespace import inside
from ..outcome import PathMtu
from ..row import Hop, Row, Sighting
from .capture import Capture
from .dns import with_server
from .icmp import echo_request, open_raw
from .mtu import never_fragment
from .packet import Packet

__all__ = ["first_unseen", "trace"]

_TCP_REPAIR, _TCP_REPAIR_QUEUE, _TCP_QUEUE_SEQ = 19, 20, 21
_SEND_QUEUE = 2
_ASKS = 3

#: `out` for the question, `back` for its answer or an error about it, None for any other packet.
Match = Callable[[Packet], str | None]


@dataclass(frozen=True, slots=True)
class _Question:
    """Sockets in the source's namespace, how to know their packets again, and what sends one."""

    sockets: Sequence[socket.socket]
    match: Match
    ask: Callable[[], None]


def trace(row: Row, path: Sequence[Hop], pids: Mapping[str, int], *, timeout: float = 1.0) -> tuple[Sighting, ...]:
    """Whether the packet was seen at each hop of `path`, in its order; None where nobody could look.

    Where a place that lives has no such interface, no packet can be seen, and the sighting says that it is not there.

    `pids` holds a process for each node and sandbox; a hop `switch:NAME` is looked at in the namespace of `self`, or
    in our own where there is none. Waits at most `timeout` seconds for the answer.
    """
    if row.source not in pids:
        return tuple(Sighting(hop, None) for hop in path)
    row = with_server(row, pids[row.source])
    with ExitStack() as stack:
        looking = {hop: _look(stack, hop, pids) for hop in dict.fromkeys((h.node, h.interface) for h in path)}
        try:
            with inside(pids[row.source]):
                question = _question(row)
        except OSError:
            return tuple(Sighting(hop, None) for hop in path)
        for sock in question.sockets:
            stack.callback(sock.close)
        watched = [c for c in looking.values() if c is not None]
        back = [looking[h.node, h.interface] for h in path if h.direction == "back"][-1:]
        _ask_until_answered(question, next(iter(back), None) or (watched[0] if watched else None), timeout)
        return tuple(_sighting(looking[hop.node, hop.interface], hop, question.match, pids) for hop in path)


def first_unseen(sightings: Sequence[Sighting]) -> Hop | None:
    """The first hop that should have seen the packet and did not; None where every one did."""
    return next((s.hop for s in sightings if s.seen is False), None)


def _look(stack: ExitStack, place: tuple[str, str], pids: Mapping[str, int]) -> Capture | None:
    node, interface = place
    if not node.startswith("switch:") and node not in pids:
        return None
    pid = pids.get("self") if node.startswith("switch:") else pids[node]
    try:
        return stack.enter_context(Capture(pid, interface))
    except (LabError, OSError):
        return None


def _sighting(seen: Capture | None, hop: Hop, match: Match, pids: Mapping[str, int]) -> Sighting:
    if seen is not None:
        return Sighting(hop, any(match(p) == hop.direction for p in seen if not p.stray or _is_bridge_port(hop)))
    lacking = not _is_bridge_port(hop) and _lacks(pids.get(hop.node), hop.interface)
    return Sighting(hop, False if lacking else None, there=not lacking)


def _lacks(pid: int | None, interface: str) -> bool:
    """Whether there is no such interface in a place that lives."""
    if pid is None:
        return False
    try:
        with inside(pid):
            return interface not in (name for _, name in socket.if_nameindex())
    except OSError:
        return False


def _is_bridge_port(hop: Hop) -> bool:
    """Where frames for others pass (world.Sandbox.veth). Elsewhere one that was flooded is seen, but not received.

    One that is not there proves nothing either: who makes it may give it a name of its own, or hide it, and without
    it the sandbox has no interface.
    """
    return hop.node.startswith("switch:") or hop.interface.startswith("veth")


def _ask_until_answered(question: _Question, at: Capture | None, timeout: float) -> None:
    """Several times at most, so that one lost packet does not lead astray; the answer is awaited at `at`."""
    deadline = time.monotonic() + timeout
    for turn in range(1, _ASKS + 1):
        question.ask()
        until = deadline - timeout * (_ASKS - turn) / _ASKS
        left = max(0.0, until - time.monotonic())
        if at is None:
            select.select([], [], [], left)
        elif at.wait(lambda p: question.match(p) == "back", left):
            return


def _question(row: Row) -> _Question:
    """To be called in the source's namespace."""
    if row.probe.kind in ("tcp", "http"):
        return _tcp(row)
    if row.probe.kind in ("icmp", "mtu"):
        return _icmp(row)
    return _udp(row)


def _tcp(row: Row) -> _Question:
    """Real connections, one for each time of asking, all with one initial sequence number of our own."""
    address, isn = str(row.probe.address), secrets.randbits(32) | 1
    sockets = [_numbered(address, isn) for _ in range(_ASKS)]
    unused = iter(sockets)
    number = isn.to_bytes(4, "big")

    def match(packet: Packet) -> str | None:
        for layer in packet.layers():
            if layer.tcp and layer.tcp.syn and not layer.tcp.has_ack and layer.tcp.seq == isn:
                return "out"
            if layer.tcp and layer.tcp.has_ack and layer.tcp.ack == (isn + 1) & 0xFFFFFFFF:
                return "back"
            if layer.icmp and layer.icmp.is_error and number in layer.payload:
                return "back"
        return None

    return _Question(sockets, match, lambda: _quietly(next(unused).connect, (address, row.probe.port or 0)))


def _numbered(address: str, isn: int) -> socket.socket:
    """A TCP socket that will connect with that sequence number (TCP_REPAIR, needs CAP_NET_ADMIN in its namespace)."""
    sock = socket.socket(_family(address), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR_QUEUE, _SEND_QUEUE)
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_QUEUE_SEQ, struct.pack("=I", isn))
    sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
    return sock


def _icmp(row: Row) -> _Question:
    """An echo request; for a path MTU one of the expected size, which is the one that should pass."""
    address, nonce = str(row.probe.address), b"vethlab " + secrets.token_bytes(16)
    version = 6 if ":" in address else 4
    sock, data = open_raw(address), nonce
    if row.probe.kind == "mtu":
        never_fragment(sock)
        size = row.expected.bytes if isinstance(row.expected, PathMtu) else None
        data = nonce.ljust((size or 0) - (28 if version == 4 else 48), b"\0")
    message = echo_request(version, secrets.randbelow(65536), 1, data)

    def match(packet: Packet) -> str | None:
        for layer in packet.layers():
            if layer.icmp and nonce in layer.payload:
                return "out" if layer.icmp.type in (8, 128) else "back"
        return None

    _quietly(sock.connect, (address, 0))
    return _Question([sock], match, lambda: _quietly(sock.send, message))


def _udp(row: Row) -> _Question:
    """An answer is what comes with a datagram of ours inside, or for DNS with our id and the response bit."""
    address = str(row.probe.address)
    is_dns = row.probe.kind == "dns"
    payload = _dns_question(row) if is_dns else b"vethlab " + secrets.token_hex(12).encode()
    sock = socket.socket(_family(address), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def match(packet: Packet) -> str | None:
        for layer in packet.layers():
            body = layer.payload
            if layer.udp and not layer.inner and body == payload:
                return "out"
            if layer.udp and not layer.inner and (_answers(body, payload) if is_dns else body.endswith(payload)):
                return "back"
            if layer.icmp and layer.icmp.is_error and payload[:24] in body:
                return "back"
        return None

    _quietly(sock.connect, (address, row.probe.port or (53 if is_dns else 0)))
    return _Question([sock], match, lambda: _quietly(sock.send, payload))


def _dns_question(row: Row) -> bytes:
    assert row.probe.name is not None
    return dns.message.make_query(row.probe.name, row.probe.record).to_wire()


def _answers(body: bytes, question: bytes) -> bool:
    return len(body) >= 12 and body[:2] == question[:2] and bool(body[2] & 0x80) and body[12:][:1] == question[12:13]


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _quietly(send: Callable[..., object], *args: object) -> None:
    """A packet the kernel refuses to send is one that no hop sees; that is what the trace will say."""
    try:
        send(*args)
    except OSError:
        return
