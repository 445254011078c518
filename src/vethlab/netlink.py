"""Route netlink (rtnetlink(7)): links, addresses and routes, in batches.

Messages are packed here and sent over one plain socket for each namespace, several in one write. So wiring a pod costs
little more than the kernel's own time. Building the same veth message with pyroute2's classes takes 100 times as long,
`pyroute2.NetNS` a process, and `ip` another.

A *request* is a message ready to send; nothing happens until `Netlink.do` sends it.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .namespace import inside

if TYPE_CHECKING:  # this travels to real machines, where nobody has pydantic (remote.bundle)
    from .model import Address, Subnet
    from .world import InterfaceAddress

__all__ = [
    "LO",
    "Netlink",
    "NetlinkError",
    "Request",
    "address",
    "bridge",
    "join_group",
    "link",
    "on_parent",
    "rename",
    "route",
    "unlink",
    "unlink_group",
    "veth",
]

#: The loopback interface's index in every network namespace.
LO = 1

_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}

# linux/netlink.h
_HEADER = struct.Struct("=IHHII")
_NLMSG_ERROR = 2
_REQUEST, _ACK, _EXCL, _CREATE, _DUMP = 0x1, 0x4, 0x200, 0x400, 0x300
_MAKE, _CHANGE = _REQUEST | _ACK | _CREATE | _EXCL, _REQUEST | _ACK
# linux/rtnetlink.h
_NEWLINK, _DELLINK, _GETLINK, _NEWADDR, _NEWROUTE = 16, 17, 18, 20, 24
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PREFSRC = 1, 4, 5, 7
_MAIN, _PROTO_BOOT, _UNICAST, _SCOPE_LINK = 254, 3, 1, 253
# linux/if_link.h, linux/veth.h
_INFO = struct.Struct("=BxHiII")
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_MASTER, _IFLA_LINKINFO = 1, 3, 4, 10, 18
_IFLA_LINK, _IFLA_QDISC, _IFLA_OPERSTATE, _IFLA_NET_NS_PID, _IFLA_NET_NS_FD = 5, 6, 16, 19, 28
_IFLA_GROUP = 27
_OPER_UP = 6
_INFO_KIND, _INFO_DATA, _INFO_SLAVE_KIND, _INFO_SLAVE_DATA = 1, 2, 4, 5
_VETH_INFO_PEER, _BR_STP_STATE, _BRPORT_MODE = 1, 5, 4
_MACVLAN_MODE, _MACVLAN_BRIDGE, _IPVLAN_MODE = 1, 4, 1
_IFF_UP = 0x1
# linux/if_addr.h
_IFA_ADDRESS, _IFA_LOCAL, _IFA_BROADCAST, _IFA_FLAGS = 1, 2, 4, 8
_IFA_F_NODAD = 0x02


class NetlinkError(OSError):
    """A request the kernel refused; says which."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message without its header, and the words an error about it uses."""

    kind: int
    flags: int
    body: bytes
    words: str

    def pack(self, sequence: int) -> bytes:
        """With struct nlmsghdr before it (netlink(7)); the answer bears the same sequence number."""
        return _HEADER.pack(_HEADER.size + len(self.body), self.kind, self.flags, sequence, 0) + self.body


class Netlink:
    """A socket that stays in the network namespace it was opened in."""

    def __init__(self, pid: int | None = None) -> None:
        """In the namespace of process `pid`, or in our own. Raises FileNotFoundError when the process is gone."""
        if pid is None:
            self._socket = self._open()
        else:
            with inside(pid):
                self._socket = self._open()
        self._sequence = 0

    @staticmethod
    def _open() -> socket.socket:
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        opened.bind((0, 0))
        return opened

    def close(self) -> None:
        """Leave the namespace, which may end then."""
        self._socket.close()

    def do(self, *requests: Request) -> None:
        """Send the requests, in order, in one write. Raises NetlinkError for the first that failed."""
        if not requests:
            return
        first = self._sequence + 1
        self._sequence += len(requests)
        self._socket.send(b"".join(r.pack(first + i) for i, r in enumerate(requests)))
        for request, number in zip(requests, self._acknowledged(first, len(requests)), strict=True):
            if number:
                raise NetlinkError(number, f"{request.words}: {os.strerror(number)}")

    def index(self, name: str) -> int:
        """The index of an interface. Raises NetlinkError when there is none of that name."""
        self._sequence += 1
        request = Request(_GETLINK, _REQUEST, _link(0, _text(_IFLA_IFNAME, name)), f"no interface {name}")
        self._socket.send(request.pack(self._sequence))
        data = self._socket.recv(65536)
        _, kind, _, _, _ = _HEADER.unpack_from(data)
        if kind == _NLMSG_ERROR:
            number = -struct.unpack_from("=i", data, _HEADER.size)[0]
            raise NetlinkError(number, f"{request.words}: {os.strerror(number)}")
        return int(_INFO.unpack_from(data, _HEADER.size)[2])

    def dormant(self) -> list[str]:
        """The veth ends of this namespace that are set up and do not carry yet, each with its state and its qdisc.

        The kernel finds out that a cable is plugged in at both ends a moment after it is, in a queue of its own
        (RFC 2863, ifOperStatus; net/core/link_watch.c). Until then a port of a bridge drops in silence.
        """
        self._sequence += 1
        message = Request(_GETLINK, _REQUEST | _DUMP, _link(0), "cannot list the links").pack(self._sequence)
        self._socket.send(message)
        found: list[str] = []
        while True:
            for kind, body in _messages(self._socket.recv(1 << 18)):
                if kind != _NEWLINK:
                    return found
                attributes = dict(_attributes(body[_INFO.size :]))
                flags = _INFO.unpack_from(body)[3]
                if _is_veth(attributes) and flags & _IFF_UP and not _carries(attributes):
                    found.append(_described(attributes))

    def _acknowledged(self, first: int, count: int) -> list[int]:
        """The error number of each request, 0 for success, in the order they were sent."""
        numbers = [0] * count
        left = count
        while left:
            data, at = self._socket.recv(65536), 0
            while at < len(data):
                length, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
                if kind == _NLMSG_ERROR:
                    numbers[sequence - first] = -struct.unpack_from("=i", data, at + _HEADER.size)[0]
                    left -= 1
                at += (length + 3) & ~3
        return numbers


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        yield kind, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        yield kind, data[at + 4 : at + length]
        at += (length + 3) & ~3


def _is_veth(attributes: dict[int, bytes]) -> bool:
    """Tunnels are linked to something too, and nobody knows whether they carry."""
    return dict(_attributes(attributes.get(_IFLA_LINKINFO, b""))).get(_INFO_KIND) == b"veth\0"


def _described(attributes: dict[int, bytes]) -> str:
    """`veth0000001 (operstate 2, qdisc noop)`; the numbers are those of RFC 2863, IF_OPER_* in linux/if.h."""
    name, qdisc = (attributes.get(key, b"").rstrip(b"\0").decode() for key in (_IFLA_IFNAME, _IFLA_QDISC))
    return f"{name} (operstate {attributes.get(_IFLA_OPERSTATE, b'?')[0]}, qdisc {qdisc})"


def _carries(attributes: dict[int, bytes]) -> bool:
    return attributes.get(_IFLA_OPERSTATE) == bytes([_OPER_UP]) and attributes.get(_IFLA_QDISC) != b"noop\0"


def bridge(name: str, *, mac: str | None = None, mtu: int | None = None) -> Request:
    """Create a bridge and set it up; no spanning tree, so its ports forward at once."""
    info = _text(_INFO_KIND, "bridge") + _attribute(_INFO_DATA, _number(_BR_STP_STATE, 0))
    body = _link(_IFF_UP, _text(_IFLA_IFNAME, name), _mac(mac), _mtu(mtu), _attribute(_IFLA_LINKINFO, info))
    return Request(_NEWLINK, _MAKE, body, f"cannot create bridge {name}")


def veth(
    name: str,
    peer: str,
    *,
    mtu: int,
    peer_pid: int | None = None,
    peer_fd: int | None = None,
    mac: str | None = None,
    peer_mac: str | None = None,
    master: int | None = None,
) -> Request:
    """Create a veth pair (veth(4)), our end up and a port of bridge `master`.

    The peer is made in the namespace of process `peer_pid`, or the one open as `peer_fd`. It must not be created up
    (the kernel answers ENOTCONN): set it up from inside.
    """
    there = _number(_IFLA_NET_NS_PID, peer_pid) if peer_fd is None else _number(_IFLA_NET_NS_FD, peer_fd)
    far = _link(0, _text(_IFLA_IFNAME, peer), _mac(peer_mac), _mtu(mtu), there)
    info = _text(_INFO_KIND, "veth") + _attribute(_INFO_DATA, _attribute(_VETH_INFO_PEER, far))
    linkinfo = _attribute(_IFLA_LINKINFO, info)
    body = _link(_IFF_UP, _text(_IFLA_IFNAME, name), _mac(mac), _mtu(mtu), linkinfo, _number(_IFLA_MASTER, master))
    return Request(_NEWLINK, _MAKE, body, f"cannot create veth pair {name} and {peer}")


def on_parent(
    kind: Literal["macvlan", "ipvlan"], name: str, parent: int, *, pid: int, mac: str | None, mtu: int
) -> Request:
    """A macvlan (bridge mode) or ipvlan (L2) port of interface `parent`, made in the namespace of process `pid`.

    Linux 6.1 looks for an interface of that name and index here, where the request comes from, not there, and answers
    EEXIST: it is to be one that nobody has, and to be renamed from inside.
    """
    mode = _number(_MACVLAN_MODE, _MACVLAN_BRIDGE) if kind == "macvlan" else _attribute(_IPVLAN_MODE, b"\0\0")
    info = _attribute(_IFLA_LINKINFO, _text(_INFO_KIND, kind) + _attribute(_INFO_DATA, mode))
    own = _mac(mac) if kind == "macvlan" else b""
    body = _link(
        0,
        _text(_IFLA_IFNAME, name),
        own,
        _mtu(mtu),
        info,
        _number(_IFLA_LINK, parent),
        _number(_IFLA_NET_NS_PID, pid),
    )
    return Request(_NEWLINK, _MAKE, body, f"cannot create {kind} interface {name}")


def link(target: int | str, *, up: bool = True, hairpin: bool | None = None) -> Request:
    """Set a link, given by index or name, up or down; `hairpin` lets a bridge port send back what came from it."""
    attributes = b"" if isinstance(target, int) else _text(_IFLA_IFNAME, target)
    if hairpin is not None:
        data = _attribute(_INFO_SLAVE_DATA, _attribute(_BRPORT_MODE, bytes([hairpin])))
        attributes += _attribute(_IFLA_LINKINFO, _text(_INFO_SLAVE_KIND, "bridge") + data)
    index = target if isinstance(target, int) else 0
    body = _link(_IFF_UP if up else 0, attributes, index=index)
    return Request(_NEWLINK, _CHANGE, body, f"cannot change link {target}")


def rename(index: int, name: str) -> Request:
    """Another name for a link that is down."""
    return Request(_NEWLINK, _CHANGE, _link(0, _text(_IFLA_IFNAME, name), index=index), f"cannot call a link {name}")


def unlink(name: str) -> Request:
    """Delete a link; of a veth pair both ends go."""
    return Request(_DELLINK, _CHANGE, _link(0, _text(_IFLA_IFNAME, name)), f"cannot delete link {name}")


def join_group(name: str, group: int) -> Request:
    """Put a link into a group of links (ip-link(8), group)."""
    body = _link(0, _text(_IFLA_IFNAME, name), _number(_IFLA_GROUP, group), change=0)
    return Request(_NEWLINK, _CHANGE, body, f"cannot change link {name}")


def unlink_group(group: int) -> Request:
    """Delete every link of a group at once: the kernel waits for its readers once, 40 ms, and not for each link."""
    return Request(_DELLINK, _CHANGE, _link(0, _number(_IFLA_GROUP, group)), f"cannot delete link group {group}")


def address(index: int, value: InterfaceAddress) -> Request:
    """Give an interface an address. IPv6 without duplicate address detection: it is usable at once (RFC 4862)."""
    head = struct.pack("=BBBBI", _FAMILY[value.version], value.network.prefixlen, 0, 0, index)
    body = head + _attribute(_IFA_ADDRESS, value.ip.packed) + _attribute(_IFA_LOCAL, value.ip.packed)
    if value.version == 6:
        body += _number(_IFA_FLAGS, _IFA_F_NODAD)
    elif value.network.prefixlen < 31:
        body += _attribute(_IFA_BROADCAST, value.network.broadcast_address.packed)
    return Request(_NEWADDR, _MAKE, body, f"cannot add address {value}")


def route(
    destination: Subnet | None, gateway: Address | None, index: int | None = None, *, source: Address | None = None
) -> Request:
    """A route through `gateway`, or without one on the link of interface `index`. `destination` None is the default.

    Who sends by it and says no source has the address `source`.
    """
    length = destination.prefixlen if destination else 0
    towards = gateway or destination
    assert towards, "a default route has a gateway"
    scope = 0 if gateway or towards.version == 6 else _SCOPE_LINK
    head = struct.pack("=8BI", _FAMILY[towards.version], length, 0, 0, _MAIN, _PROTO_BOOT, scope, _UNICAST, 0)
    body = head + (_attribute(_RTA_GATEWAY, gateway.packed) if gateway else b"") + _number(_RTA_OIF, index)
    if destination and length:
        body += _attribute(_RTA_DST, destination.network_address.packed)
    if source:
        body += _attribute(_RTA_PREFSRC, source.packed)
    return Request(_NEWROUTE, _MAKE, body, f"cannot add a route to {destination or 'anywhere'} via {gateway or index}")


def _link(flags: int, *attributes: bytes, index: int = 0, change: int = _IFF_UP) -> bytes:
    """struct ifinfomsg and its attributes. Of the flags only IFF_UP is ever changed."""
    return _INFO.pack(socket.AF_UNSPEC, 0, index, flags, change) + b"".join(attributes)


def _attribute(kind: int, value: bytes) -> bytes:
    """struct rtattr with its value, padded to four bytes."""
    return struct.pack("=HH", len(value) + 4, kind) + value + b"\0" * (-len(value) % 4)


def _text(kind: int, value: str) -> bytes:
    return _attribute(kind, value.encode() + b"\0")


def _number(kind: int, value: int | None) -> bytes:
    return b"" if value is None else _attribute(kind, struct.pack("=I", value))


def _mac(value: str | None) -> bytes:
    return b"" if value is None else _attribute(_IFLA_ADDRESS, bytes.fromhex(value.replace(":", "")))


def _mtu(value: int | None) -> bytes:
    return _number(_IFLA_MTU, value)
