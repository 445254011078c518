"""What a plugin answers to ADD, in every version of the specification, and from one version to another.

0.1.0 0.2.0         ip4, ip6: one address each, with its routes; no interfaces
0.3.0 0.3.1 0.4.0   interfaces; ips, each with its `version` and the index of its interface; routes
1.0.0               ips without `version`
1.1.0               interfaces with mtu, socketPath, pciID; routes with mtu, advmss, priority, table, scope
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import CniError
from .version import KNOWN, at_least

__all__ = ["Interface", "Ip", "Result", "convert", "parse"]

_UNDECODABLE = 6
_NEW_OF_INTERFACES = ("mtu", "socketPath", "pciID")
_NEW_OF_ROUTES = ("mtu", "advmss", "priority", "table", "scope")


@dataclass(frozen=True, slots=True)
class Interface:
    """`sandbox` is the path of a network namespace; empty for an interface of the node."""

    name: str
    mac: str = ""
    sandbox: str = ""
    mtu: int | None = None


@dataclass(frozen=True, slots=True)
class Ip:
    """`interface` is an index into the result's interfaces; None in what an IPAM plugin answers."""

    address: ipaddress.IPv4Interface | ipaddress.IPv6Interface
    gateway: ipaddress.IPv4Address | ipaddress.IPv6Address | None = None
    interface: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`document` is the answer whole, as the plugin wrote it and as the next plugin must see it."""

    version: str
    document: Mapping[str, Any]
    interfaces: tuple[Interface, ...]
    ips: tuple[Ip, ...]

    def inside(self) -> Interface | None:
        """The container's interface."""
        return next((i for i in self.interfaces if i.sandbox), None)

    def outside(self) -> Interface | None:
        """The node's end of the container's interface: what stands right before it (a bridge comes earlier)."""
        before = itertools.takewhile(lambda i: not i.sandbox, self.interfaces)
        return next(iter(reversed(list(before))), None)


def parse(document: Any, asked: str) -> Result:
    """The result in what a plugin of a network of version `asked` printed. Raises CniError (code 6)."""
    if not isinstance(document, Mapping):
        raise _bad(f"the result is {type(document).__name__}, not an object")
    version = str(document.get("cniVersion") or asked)
    if version not in KNOWN:
        raise CniError(f"the result is of the unknown version {version!r}", code=1)
    new = document if at_least(version, "0.3.0") else _from_two(document)
    try:
        interfaces = tuple(_interface(i) for i in new.get("interfaces") or ())
        ips = tuple(_ip(ip, len(interfaces)) for ip in new.get("ips") or ())
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise _bad(f"the result makes no sense: {error}") from None
    return Result(version, {**document, "cniVersion": version}, interfaces, ips)


def _interface(document: Mapping[str, Any]) -> Interface:
    return Interface(document["name"], document.get("mac", ""), document.get("sandbox", ""), document.get("mtu"))


def _ip(document: Mapping[str, Any], interfaces: int) -> Ip:
    index = document.get("interface")
    if index is not None and not 0 <= int(index) < interfaces:
        raise ValueError(f"{document['address']} names interface {index} of {interfaces}")
    gateway = document.get("gateway")
    return Ip(ipaddress.ip_interface(document["address"]), ipaddress.ip_address(gateway) if gateway else None, index)


def convert(document: Mapping[str, Any], to: str) -> dict[str, Any]:
    """A result in the words of another version; what that version has no words for is left out."""
    since = str(document.get("cniVersion") or "0.1.0")
    if since == to:
        return dict(document)
    new = dict(document) if at_least(since, "0.3.0") else _from_two(document)
    new["cniVersion"] = to
    if not at_least(to, "0.3.0"):
        return _to_two(new, to)
    if not at_least(to, "1.1.0"):
        for key, gone in (("interfaces", _NEW_OF_INTERFACES), ("routes", _NEW_OF_ROUTES)):
            if key in new:
                new[key] = [{k: v for k, v in entry.items() if k not in gone} for entry in new[key] or ()]
    if "ips" in new:
        new["ips"] = [_of_version(ip, with_version=not at_least(to, "1.0.0")) for ip in new["ips"] or ()]
    return new


def _of_version(ip: Mapping[str, Any], *, with_version: bool) -> dict[str, Any]:
    bare = {k: v for k, v in ip.items() if k != "version"}
    return {"version": str(_family(bare["address"])), **bare} if with_version else bare


def _family(address: str) -> int:
    return ipaddress.ip_interface(address).version


def _from_two(document: Mapping[str, Any]) -> dict[str, Any]:
    """0.1.0 and 0.2.0 to the newer shape."""
    found: dict[str, Any] = {k: v for k, v in document.items() if k not in ("ip4", "ip6")}
    old = [document[key] for key in ("ip4", "ip6") if document.get(key)]
    found["ips"] = [{"address": one["ip"]} | ({"gateway": one["gateway"]} if one.get("gateway") else {}) for one in old]
    found["routes"] = [route for one in old for route in one.get("routes") or ()]
    return found


def _to_two(document: Mapping[str, Any], to: str) -> dict[str, Any]:
    """The newer shape to 0.1.0 and 0.2.0, which have room for one address of each family."""
    found: dict[str, Any] = {"cniVersion": to}
    for key, version in (("ip4", 4), ("ip6", 6)):
        one = next((ip for ip in document.get("ips") or () if _family(ip["address"]) == version), None)
        if one:
            found[key] = {"ip": one["address"]} | ({"gateway": one["gateway"]} if one.get("gateway") else {})
            found[key]["routes"] = list(_routes(document, version))
    return found | ({"dns": document["dns"]} if document.get("dns") else {})


def _routes(document: Mapping[str, Any], version: int) -> Iterator[dict[str, Any]]:
    for route in document.get("routes") or ():
        if ipaddress.ip_network(route["dst"], strict=False).version == version:
            yield {k: v for k, v in route.items() if k not in _NEW_OF_ROUTES}


def _bad(message: str) -> CniError:
    return CniError(message, code=_UNDECODABLE)
