"""Route netlink (rtnetlink(7)): links, addresses and routes, in batches.

Messages are built by pyroute2's classes and sent over one plain socket for each namespace, several in one write. So
wiring a pod costs little more than the kernel's own time: `pyroute2.NetNS` and `ip` both cost a process.

A *request* is a message ready to send; nothing happens until `Netlink.do` sends it.
"""

from __future__ import annotations

import os
import socket
import struct
from ipaddress import ip_network
from typing import Any

from pyroute2.netlink import NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, nlmsg
from pyroute2.netlink.rtnl import RTM_DELLINK, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWROUTE
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from .model import Address, Subnet
from .namespace import inside
from .world import InterfaceAddress

__all__ = ["LO", "Netlink", "NetlinkError", "Request", "address", "bridge", "delete", "link", "route", "veth"]

#: The loopback interface's index in every network namespace.
LO = 1

_IFF_UP = 0x1
_IFA_F_NODAD = 0x02
_NLMSG_ERROR = 2
_CREATE = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL
_CHANGE = NLM_F_REQUEST | NLM_F_ACK
_FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
_HEADER = struct.Struct("=IHHII")


class NetlinkError(OSError):
    """A request the kernel refused; says which."""


class Request:
    """One message, and the words an error about it uses."""

    __slots__ = ("message", "words")

    def __init__(self, message: nlmsg, kind: int, flags: int, words: str) -> None:
        message["header"]["type"] = kind
        message["header"]["flags"] = flags
        self.message, self.words = message, words


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
        self._socket.close()

    def do(self, *requests: Request) -> None:
        """Send the requests, in order, in one write. Raises NetlinkError for the first that failed."""
        if not requests:
            return
        first = self._sequence + 1
        self._socket.send(b"".join(map(self._encode, requests)))
        failed = [(r, e) for r, e in zip(requests, self._acknowledged(first, len(requests)), strict=True) if e]
        for request, number in failed:
            raise NetlinkError(number, f"{request.words}: {os.strerror(number)}")

    def index(self, name: str) -> int:
        """The index of an interface. Raises NetlinkError when there is none of that name."""
        return int(self._get(name)["index"])

    def exists(self, name: str) -> bool:
        try:
            self._get(name)
        except NetlinkError:
            return False
        return True

    def _get(self, name: str) -> Any:
        request = Request(_link_message(IFLA_IFNAME=name), RTM_GETLINK, NLM_F_REQUEST, f"no interface {name}")
        self._socket.send(self._encode(request))
        data = self._socket.recv(65536)
        _, kind, _, _, _ = _HEADER.unpack_from(data)
        if kind == _NLMSG_ERROR:
            number = -struct.unpack_from("=i", data, _HEADER.size)[0]
            raise NetlinkError(number, f"{request.words}: {os.strerror(number)}")
        answer = ifinfmsg(data)
        answer.decode()
        return answer

    def _encode(self, request: Request) -> bytes:
        self._sequence += 1
        request.message["header"]["sequence_number"] = self._sequence
        request.message.encode()
        return bytes(request.message.data)

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


def bridge(name: str, *, mac: str | None = None, mtu: int | None = None) -> Request:
    """Create a bridge and set it up; no spanning tree, so its ports forward at once."""
    data = {"attrs": [("IFLA_BR_STP_STATE", 0)]}
    info = {"attrs": [("IFLA_INFO_KIND", "bridge"), ("IFLA_INFO_DATA", data)]}
    message = _link_message(IFLA_IFNAME=name, IFLA_ADDRESS=mac, IFLA_MTU=mtu, IFLA_LINKINFO=info)
    _set_up(message)
    return Request(message, RTM_NEWLINK, _CREATE, f"cannot create bridge {name}")


def veth(
    name: str,
    peer: str,
    *,
    mtu: int,
    mac: str | None = None,
    peer_mac: str | None = None,
    peer_pid: int | None = None,
    peer_index: int = 0,
    master: int | None = None,
    up: bool = True,
) -> Request:
    """Create a veth pair (veth(4)), the peer in the namespace of `peer_pid`, our end a port of bridge `master`.

    The peer must not be created up (the kernel answers ENOTCONN): set it up from inside its namespace.
    """
    far = _link_message(IFLA_IFNAME=peer, IFLA_ADDRESS=peer_mac, IFLA_MTU=mtu, IFLA_NET_NS_PID=peer_pid)
    far["index"] = peer_index
    data = {"attrs": [("VETH_INFO_PEER", {k: far[k] for k in ("index", "attrs")})]}
    near = _link_message(
        IFLA_IFNAME=name,
        IFLA_ADDRESS=mac,
        IFLA_MTU=mtu,
        IFLA_LINKINFO={"attrs": [("IFLA_INFO_KIND", "veth"), ("IFLA_INFO_DATA", data)]},
        IFLA_MASTER=master,
    )
    if up:
        _set_up(near)
    return Request(near, RTM_NEWLINK, _CREATE, f"cannot create veth pair {name} and {peer}")


def link(target: int | str, *, up: bool = True, hairpin: bool | None = None) -> Request:
    """Set a link, given by index or name, up or down; `hairpin` lets a bridge port send back what came from it."""
    message = _link_message()
    if isinstance(target, int):
        message["index"] = target
    else:
        message["attrs"].append(("IFLA_IFNAME", target))
    if hairpin is not None:
        slave = {"attrs": [("IFLA_BRPORT_MODE", int(hairpin))]}
        attributes = [("IFLA_INFO_SLAVE_KIND", "bridge"), ("IFLA_INFO_SLAVE_DATA", slave)]
        message["attrs"].append(("IFLA_LINKINFO", {"attrs": attributes}))
    message["change"] = _IFF_UP
    message["flags"] = _IFF_UP if up else 0
    return Request(message, RTM_NEWLINK, _CHANGE, f"cannot change link {target}")


def delete(name: str) -> Request:
    """Delete a link by name; a veth pair goes whole."""
    return Request(_link_message(IFLA_IFNAME=name), RTM_DELLINK, _CHANGE, f"cannot delete {name}")


def address(index: int, value: InterfaceAddress) -> Request:
    """Give an interface an address. IPv6 without duplicate address detection: it is usable at once (RFC 4862)."""
    message = ifaddrmsg()
    message["family"] = _FAMILY[value.version]
    message["prefixlen"] = value.network.prefixlen
    message["index"] = index
    attributes: list[tuple[str, Any]] = [("IFA_ADDRESS", str(value.ip)), ("IFA_LOCAL", str(value.ip))]
    if value.version == 4 and value.network.prefixlen < 31:
        attributes.append(("IFA_BROADCAST", str(value.network.broadcast_address)))
    if value.version == 6:
        attributes.append(("IFA_FLAGS", _IFA_F_NODAD))
    message["attrs"] = attributes
    return Request(message, RTM_NEWADDR, _CREATE, f"cannot add address {value}")


def route(destination: Subnet | None, gateway: Address, index: int | None = None) -> Request:
    """A route through `gateway`; `destination` None is the default route."""
    prefix = destination or ip_network("0.0.0.0/0" if gateway.version == 4 else "::/0")
    message = rtmsg()
    message["family"] = _FAMILY[gateway.version]
    message["dst_len"] = prefix.prefixlen
    message["table"], message["proto"], message["scope"], message["type"] = 254, 3, 0, 1
    attributes: list[tuple[str, Any]] = [("RTA_GATEWAY", str(gateway)), ("RTA_TABLE", 254)]
    if prefix.prefixlen:
        attributes.append(("RTA_DST", str(prefix.network_address)))
    if index is not None:
        attributes.append(("RTA_OIF", index))
    message["attrs"] = attributes
    return Request(message, RTM_NEWROUTE, _CREATE, f"cannot add a route to {prefix} via {gateway}")


def _link_message(**attributes: Any) -> ifinfmsg:
    message = ifinfmsg()
    message["attrs"] = [(name, value) for name, value in attributes.items() if value is not None]
    return message


def _set_up(message: ifinfmsg) -> None:
    message["change"] = message["flags"] = _IFF_UP
