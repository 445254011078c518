# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""A network interface: made if it is not there, and given its MAC, MTU, addresses and state."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vethlab.net.plugins.module_utils.netlink import attribute, family, index_of, nested, netlink

DOCUMENTATION = r"""
module: link
short_description: A bridge, a tunnel device, a veth pair, or an interface that is already there
description:
  - Makes the interface if it is absent, and sets what is given. What is not given stays as it is.
  - A tunnel device whose identifier, local address or port differ is made anew, for the kernel cannot change them.
  - A tun or tap device stays when the program that attached to it ends.
options:
  name: {type: str, required: true, description: The interface (at most 15 characters).}
  kind:
    {type: str, choices: [bridge, vxlan, veth, ipip, tun, tap, wireguard],
     description: Needed to make it; absent for one already there.}
  mac: {type: str, description: The hardware address.}
  mtu: {type: int, description: Bytes of the largest packet.}
  addresses:
    {type: list, elements: str, description: "Addresses with prefix length. Others go, link-local ones excepted."}
  up: {type: bool, default: true, description: Whether it is administratively up.}
  vni: {type: int, description: VXLAN network identifier.}
  local: {type: str, description: The address a VXLAN or IP-in-IP device sends from.}
  master: {type: str, description: The bridge it is a port of.}
  port: {type: int, default: 4789, description: The UDP port of a VXLAN device.}
  learning: {type: bool, default: true, description: Whether a VXLAN device learns from what it receives.}
  peer: {type: str, description: The other end of a veth pair.}
  state: {type: str, choices: [present, absent], default: present, description: Whether it should exist.}
requirements: [pyroute2 >= 0.9]
"""
EXAMPLES = r"""
- vethlab.net.link: {name: docker0, kind: bridge, mac: "02:42:00:00:00:01", addresses: [172.17.0.1/16]}
- vethlab.net.link:
    {name: flannel.1, kind: vxlan, vni: 1, local: 192.168.1.101, port: 8472, learning: false, mtu: 1450,
     addresses: [10.244.1.0/32]}
"""
RETURN = r"""
link: {description: What the interface is afterwards., returned: always, type: dict}
"""

SPEC: dict[str, Any] = {
    "name": {"required": True},
    "kind": {"choices": ["bridge", "vxlan", "veth", "ipip", "tun", "tap", "wireguard"]},
    "mac": {},
    "mtu": {"type": "int"},
    "addresses": {"type": "list", "elements": "str"},
    "up": {"type": "bool", "default": True},
    "vni": {"type": "int"},
    "local": {},
    "master": {},
    "port": {"type": "int", "default": 4789},
    "learning": {"type": "bool", "default": True},
    "peer": {},
    "state": {"choices": ["present", "absent"], "default": "present"},
}
#: What the kernel can only set when the device is made.
BORN_WITH = ("kind", "vni", "local", "port", "learning")
#: linux/if_tun.h
IFF_TAP = 2
WITHOUT_MAC = ("ipip", "tun", "wireguard")


def main() -> None:
    module = AnsibleModule(
        SPEC,
        supports_check_mode=True,
        required_if=[("kind", "vxlan", ("vni", "local")), ("kind", "veth", ("peer",))],
    )
    with netlink(module) as route:
        before = describe(route, module.params["name"])
        wanted = want(module.params, before)
        if wanted and not before and not module.params["kind"]:
            module.fail_json(msg=f"there is no interface {module.params['name']}, and no kind is given to make it")
        if before != wanted and not module.check_mode:
            apply(route, module.params, before, wanted)
    module.exit_json(
        changed=before != wanted,
        link=wanted,
        diff={"before": text(before), "after": text(wanted)} if module._diff else {},
    )


def describe(route: Any, name: str) -> dict[str, Any]:
    """What the interface is, in the words of the options; empty where it is absent."""
    index = index_of(route, name)
    if index is None:
        return {}
    link = route.link("get", index=index)[0]
    kind = nested(link, "IFLA_LINKINFO", "IFLA_INFO_KIND")
    addresses = [
        f"{attribute(a, 'IFA_LOCAL') or attribute(a, 'IFA_ADDRESS')}/{a['prefixlen']}"
        for a in route.get_addr(index=index)
        if a["scope"] != 253  # RT_SCOPE_LINK: fe80::, which the kernel makes
    ]
    data = nested(link, "IFLA_LINKINFO", "IFLA_INFO_DATA")
    if kind == "tun" and attribute(data, "IFLA_TUN_TYPE") == IFF_TAP:
        kind = "tap"
    found: dict[str, Any] = {"kind": kind} if kind else {}
    if kind == "ipip":
        found["local"] = attribute(data, "IFLA_IPIP_LOCAL")
    if attribute(link, "IFLA_MASTER"):
        found["master"] = socket.if_indextoname(attribute(link, "IFLA_MASTER"))
    if kind == "vxlan":
        found |= {
            "vni": attribute(data, "IFLA_VXLAN_ID"),
            "local": attribute(data, "IFLA_VXLAN_LOCAL") or attribute(data, "IFLA_VXLAN_LOCAL6"),
            "port": attribute(data, "IFLA_VXLAN_PORT"),
            "learning": bool(attribute(data, "IFLA_VXLAN_LEARNING")),
        }
    mac = {} if kind in WITHOUT_MAC else {"mac": attribute(link, "IFLA_ADDRESS")}
    return found | {
        **mac,
        "mtu": attribute(link, "IFLA_MTU"),
        "up": bool(link["flags"] & 1),
        "addresses": sorted(addresses),
    }


def want(params: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What the interface should be: what is given, and otherwise what it already is."""
    if params["state"] == "absent":
        return {}
    given = {k: params[k] for k in ("kind", "mac", "mtu", "master", "up") if params[k] is not None}
    if params["mac"]:
        given["mac"] = params["mac"].lower()
    if params["kind"] == "vxlan":
        local = str(ipaddress.ip_address(params["local"]))
        given |= {"vni": params["vni"], "local": local, "port": params["port"], "learning": params["learning"]}
    if params["kind"] == "ipip" and params["local"]:
        given["local"] = params["local"]
    if params["addresses"] is not None:
        given["addresses"] = sorted(str(ipaddress.ip_interface(a)) for a in params["addresses"])
    kept = before if all(before.get(k) == given.get(k) for k in BORN_WITH if k in given) else {}
    return {"addresses": [], **kept, **given}


def apply(route: Any, params: dict[str, Any], before: dict[str, Any], wanted: dict[str, Any]) -> None:
    name = params["name"]
    stale = before and any(before.get(k) != wanted.get(k) for k in BORN_WITH)
    if before and (stale or not wanted):
        route.link("del", index=index_of(route, name))
        before = {}
    if not wanted:
        return
    if not before:
        route.link("add", ifname=name, **birth(params))
        before = {"addresses": []}
    index = index_of(route, name)
    for key, attr in (("mac", "address"), ("mtu", "mtu")):
        if key in wanted and before.get(key) != wanted[key]:
            route.link("set", index=index, **{attr: wanted[key]})
    if "master" in wanted and before.get("master") != wanted["master"]:
        route.link("set", index=index, master=index_of(route, wanted["master"]))
    readdress(route, index, set(before["addresses"]), set(wanted["addresses"]))
    if before.get("up") != wanted["up"]:
        route.link("set", index=index, state="up" if wanted["up"] else "down")


def birth(params: dict[str, Any]) -> dict[str, Any]:
    """The netlink attributes a device is made with."""
    if params["kind"] in ("tun", "tap"):
        return {"kind": "tuntap", "mode": params["kind"]}
    made: dict[str, Any] = {"kind": params["kind"]}
    if params["kind"] == "ipip" and params["local"]:
        made["ipip_local"] = params["local"]
    if params["mac"]:
        made["address"] = params["mac"]
    if params["kind"] == "veth":
        made["peer"] = params["peer"]
    if params["kind"] == "vxlan":
        local = "vxlan_local" if family(params["local"]) == socket.AF_INET else "vxlan_local6"
        made |= {"vxlan_id": params["vni"], local: params["local"], "vxlan_port": params["port"]}
        made["vxlan_learning"] = int(params["learning"])
    return made


def readdress(route: Any, index: int | None, before: set[str], wanted: set[str]) -> None:
    """IPv6 addresses go on without duplicate address detection, so that they can be used at once (RFC 4862, 5.4)."""
    for gone in sorted(before - wanted):
        route.addr("del", index=index, address=gone)
    for new in sorted(wanted - before):
        flags = {"flags": 0x02} if family(new) == socket.AF_INET6 else {}  # IFA_F_NODAD
        route.addr("add", index=index, address=new, **flags)


def text(link: dict[str, Any]) -> str:
    return "".join(f"{k}: {' '.join(v) if isinstance(v, list) else v}\n" for k, v in sorted(link.items()))


if __name__ == "__main__":
    main()
