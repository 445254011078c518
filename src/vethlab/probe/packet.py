"""A frame, taken apart: `packet.ip.src`, `packet.udp.dport`, `packet.vxlan.vni`, `packet.inner.ip`.

Decoding is dpkt's; this gives addresses as text, IPv4 and IPv6 by one name, and looks into tunnels.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dpkt

__all__ = ["Ethernet", "Icmp", "Ip", "Option", "Packet", "Tcp", "Tunnel", "Udp", "decode"]

#: Geneve by its port and protocol type (RFC 8926).
_GENEVE = 6081
_TRANSPARENT_ETHERNET = 0x6558
#: An IPv4 header without options begins so (RFC 791), in UDP too (flannel's udp backend); decoded as if after this.
_BARE = 0x45
_NO_HEADER = bytes(12) + b"\x08\0"


@dataclass(frozen=True, slots=True)
class Ethernet:
    """MAC addresses as `aa:bb:cc:dd:ee:ff`, and the EtherType (IEEE 802.3)."""

    src: str
    dst: str
    type: int


@dataclass(frozen=True, slots=True)
class Ip:
    """`length` is of the whole packet, in bytes; `offset` of a fragment likewise. `ttl` is IPv6's hop limit."""

    version: int
    src: str
    dst: str
    protocol: int
    ttl: int
    length: int
    dont_fragment: bool = False
    more_fragments: bool = False
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Tcp:
    """Ports and numbers as they are in the header (RFC 9293, 3.1); `flags` are its bits."""

    sport: int
    dport: int
    seq: int
    ack: int
    flags: int

    @property
    def syn(self) -> bool:
        """Whether it begins a connection, or accepts one: then it has ACK too."""
        return bool(self.flags & dpkt.tcp.TH_SYN)

    @property
    def has_ack(self) -> bool:
        """Whether ACK is set; `ack` is a number, and means something only then."""
        return bool(self.flags & dpkt.tcp.TH_ACK)

    @property
    def rst(self) -> bool:
        """Whether it refuses a connection, or breaks one off."""
        return bool(self.flags & dpkt.tcp.TH_RST)


@dataclass(frozen=True, slots=True)
class Udp:
    """Ports (RFC 768)."""

    sport: int
    dport: int


@dataclass(frozen=True, slots=True)
class Icmp:
    """ICMP and ICMPv6 alike; `ip.version` tells which. `is_error` is True where it quotes another packet."""

    type: int
    code: int
    version: int

    @property
    def is_error(self) -> bool:
        """Whether it quotes the packet it is about (RFC 1122, 3.2.2; RFC 4443, 2.1)."""
        return self.type in (3, 4, 5, 11, 12) if self.version == 4 else self.type < 128


@dataclass(frozen=True, slots=True)
class Option:
    """A Geneve option (RFC 8926, 3.5): its class, its type with the critical bit, and its data."""

    option_class: int
    type: int
    data: bytes

    @property
    def critical(self) -> bool:
        """Whether an endpoint that does not know it must drop the packet (RFC 8926, 3.5)."""
        return bool(self.type & 0x80)


@dataclass(frozen=True, slots=True)
class Tunnel:
    """The header of VXLAN or Geneve. `flags` are VXLAN's first byte; `version`, `protocol` and `options` Geneve's."""

    vni: int
    flags: int = 0
    version: int = 0
    protocol: int = 0
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Packet:
    """Layers that are not there are None. `payload` is what follows the innermost header that was understood.

    `time` is when the kernel saw it (seconds since the epoch), `outgoing` whether it was leaving by the interface, and
    `stray` whether it came in for another MAC address than the interface's, as flooded frames do. `interface` is where.
    `nanoseconds` is the time again, as `time` is too coarse to put in order what passes from one end of a veth to the
    other; 0 where only that is known.
    """

    frame: bytes
    eth: Ethernet
    ip: Ip | None = None
    tcp: Tcp | None = None
    udp: Udp | None = None
    icmp: Icmp | None = None
    vxlan: Tunnel | None = None
    geneve: Tunnel | None = None
    inner: Packet | None = None
    payload: bytes = b""
    time: float = 0.0
    outgoing: bool = False
    stray: bool = False
    interface: str = ""
    nanoseconds: int = 0

    def layers(self) -> Iterator[Packet]:
        """The packet, the one it carries, and so on inwards."""
        here: Packet | None = self
        while here is not None:
            yield here
            here = here.inner


def decode(
    frame: bytes,
    time: float = 0.0,
    outgoing: bool = False,
    stray: bool = False,
    interface: str = "",
    nanoseconds: int = 0,
) -> Packet:
    """Take apart what can be. A frame that is cut short or nonsense keeps the layers before the place."""
    parts: dict[str, Any] = {}
    eth = Ethernet("", "", 0)
    try:
        found = dpkt.ethernet.Ethernet(frame)
        eth = Ethernet(_mac(found.src), _mac(found.dst), found.type)
        parts["payload"] = bytes(found.data)
        if isinstance(found.data, dpkt.ip.IP | dpkt.ip6.IP6):
            parts |= _network(found.data)
    except (dpkt.UnpackError, struct.error, ValueError):
        pass
    return Packet(
        frame,
        eth,
        time=time,
        outgoing=outgoing,
        stray=stray,
        interface=interface,
        nanoseconds=nanoseconds,
        **parts,
    )


def _mac(raw: bytes) -> str:
    return raw.hex(":")


def _network(found: Any) -> dict[str, Any]:
    if isinstance(found, dpkt.ip.IP):
        ip = Ip(
            version=4,
            src=socket.inet_ntop(socket.AF_INET, found.src),
            dst=socket.inet_ntop(socket.AF_INET, found.dst),
            protocol=found.p,
            ttl=found.ttl,
            length=found.len,
            dont_fragment=bool(found.df),
            more_fragments=bool(found.mf),
            offset=found.offset * 8,
        )
    else:
        source, target = (socket.inet_ntop(socket.AF_INET6, a) for a in (found.src, found.dst))
        ip = Ip(6, source, target, found.p, found.hlim, found.plen + 40)
    return {"ip": ip, "payload": bytes(found.data)} | _transport(found.data, ip)


def _transport(data: Any, ip: Ip) -> dict[str, Any]:
    if isinstance(data, dpkt.ip.IP):
        return {"inner": decode(_NO_HEADER + bytes(data))}
    if isinstance(data, dpkt.tcp.TCP):
        return {"tcp": Tcp(data.sport, data.dport, data.seq, data.ack, data.flags), "payload": bytes(data.data)}
    if isinstance(data, dpkt.udp.UDP):
        body = bytes(data.data)
        return {"udp": Udp(data.sport, data.dport), "payload": body} | _tunnelled(data.dport, body)
    if isinstance(data, dpkt.icmp.ICMP | dpkt.icmp6.ICMP6):
        # dpkt takes ICMP bodies apart in its own way; what follows the eight bytes of header is the same everywhere.
        return {"icmp": Icmp(data.type, data.code, ip.version), "payload": bytes(data)[8:]}
    return {}


def _tunnelled(port: int, body: bytes) -> dict[str, Any]:
    """VXLAN is known by its header, on any port: all of it is fixed but the VNI (RFC 7348, section 5)."""
    if len(body) >= 22 and body[:4] == b"\x08\0\0\0" and body[7] == 0:
        return {"vxlan": Tunnel(int.from_bytes(body[4:7], "big"), flags=body[0]), "inner": decode(body[8:])}
    if port == _GENEVE and len(body) >= 22 and int.from_bytes(body[2:4], "big") == _TRANSPARENT_ETHERNET:
        start = 8 + (body[0] & 63) * 4
        vni, options = int.from_bytes(body[4:7], "big"), tuple(_options(body[8:start]))
        tunnel = Tunnel(vni, version=body[0] >> 6, protocol=_TRANSPARENT_ETHERNET, options=options)
        return {"geneve": tunnel, "inner": decode(body[start:])}
    if len(body) >= 28 and body[0] == _BARE and int.from_bytes(body[2:4], "big") == len(body):
        return {"inner": decode(_NO_HEADER + body)}
    return {}


def _options(data: bytes) -> Iterator[Option]:
    """Their lengths are counted in words of four bytes."""
    at = 0
    while at + 4 <= len(data):
        end = at + 4 + (data[at + 3] & 31) * 4
        yield Option(int.from_bytes(data[at : at + 2], "big"), data[at + 2], data[at + 4 : end])
        at = end
