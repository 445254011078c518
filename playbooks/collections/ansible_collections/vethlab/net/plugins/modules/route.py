# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""Static routes of the main table."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vethlab.net.plugins.module_utils.netlink import (
    attribute,
    family,
    index_of,
    netlink,
    routes,
)

DOCUMENTATION = r"""
module: route
short_description: Static routes of the main table
description:
  - Each destination leads through its gateway or device, or (state absent) is not routed. Other routes stay.
  - With O(protocol) the routes bear that number (ip-route(8), C(proto)), and those that bear it and are not given go.
options:
  routes:
    type: list
    elements: dict
    required: true
    description: All of them in one message exchange.
    suboptions:
      to: {type: str, required: true, description: A prefix.}
      via: {type: str, description: A gateway on a link.}
      device: {type: str, description: "The interface; follows from the gateway otherwise."}
      onlink: {type: bool, default: false, description: "The gateway is on the device's link, whatever its addresses."}
      kind: {type: str, choices: [unicast, blackhole], default: unicast, description: A blackhole swallows packets.}
  protocol: {type: int, description: "The number of who made the routes, from 5 to 255; whole."}
  state: {type: str, choices: [present, absent], default: present, description: Whether they should exist.}
requirements: [pyroute2 >= 0.9]
"""
EXAMPLES = r"""
- vethlab.net.route: {routes: [{to: 198.51.100.0/24, via: 203.0.113.1}]}
- vethlab.net.route: {protocol: 80, routes: [{to: 10.244.1.64/26, kind: blackhole}]}
"""
RETURN = r"""
routes: {description: The destinations that changed., returned: always, type: list}
"""

ROUTE: dict[str, Any] = {
    "to": {"required": True},
    "via": {},
    "device": {},
    "onlink": {"type": "bool", "default": False},
    "kind": {"choices": ["unicast", "blackhole"], "default": "unicast"},
}
SPEC: dict[str, Any] = {
    "routes": {"type": "list", "elements": "dict", "required": True, "options": ROUTE},
    "protocol": {"type": "int"},
    "state": {"choices": ["present", "absent"], "default": "present"},
}
MAIN, STATIC = 254, 4
RTN_UNICAST, RTN_BLACKHOLE = 1, 6
RTNH_F_ONLINK = 4


class Way(NamedTuple):
    """How a destination is reached. What was not asked for is empty, and then not compared."""

    via: str = ""
    device: str = ""
    kind: str = "unicast"
    onlink: bool = False

    def like(self, other: Way | None) -> bool:
        if other is None or (self.kind, self.via) != (other.kind, other.via):
            return False
        return not (self.device and other.device) or self.device == other.device

    def __str__(self) -> str:
        words = [self.kind] if self.kind != "unicast" else []
        words += ["via", self.via] if self.via else []
        return " ".join([*words, *(["dev", self.device] if self.device else [])])


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    protocol = module.params["protocol"]
    asked = {str(ipaddress.ip_network(r["to"])): way(r) for r in module.params["routes"]}
    with netlink(module) as route:
        before = present(route, protocol, asked)
        wanted = asked if module.params["state"] == "present" else {}
        changing = [to for to in [*(before.keys() - asked.keys()), *asked] if not same(before.get(to), wanted.get(to))]
        for to in [] if module.check_mode else changing:
            if to in wanted:
                change(route, "replace", to, wanted[to], protocol)
            else:
                change(route, "del", to, before[to], protocol)
    diff = {"before": text(before), "after": text(wanted)} if module._diff else {}
    module.exit_json(changed=bool(changing), routes=changing, diff=diff)


def way(asked: dict[str, Any]) -> Way:
    via = str(ipaddress.ip_address(asked["via"])) if asked["via"] else ""
    return Way(via, asked["device"] or "", asked["kind"], asked["onlink"])


def same(before: Way | None, wanted: Way | None) -> bool:
    return before is wanted if before is None or wanted is None else wanted.like(before)


def present(route: Any, protocol: int | None, asked: dict[str, Way]) -> dict[str, Way]:
    """The routes of the main table that are asked for or bear our number; the default route is 0.0.0.0/0 or ::/0."""
    names = dict(socket.if_nameindex())
    found: dict[str, Way] = {}
    for r in routes(route, table=MAIN):
        nowhere = "0.0.0.0" if r["family"] == socket.AF_INET else "::"
        to = f"{attribute(r, 'RTA_DST') or nowhere}/{r['dst_len']}"
        gateway, blackhole = attribute(r, "RTA_GATEWAY") or "", r["type"] == RTN_BLACKHOLE
        ours = r["proto"] == protocol if protocol else to in asked and (gateway or blackhole or asked[to].device)
        if ours:
            device = "" if blackhole else names.get(attribute(r, "RTA_OIF"), "")
            found[to] = Way(gateway, device, "blackhole" if blackhole else "unicast")
    return found


def change(route: Any, verb: str, to: str, way: Way, protocol: int | None) -> None:
    asked: dict[str, Any] = {"dst": to, "family": family(to), "table": MAIN, "proto": protocol or STATIC}
    if way.kind == "blackhole":
        asked["type"] = "blackhole"
    if way.via:
        asked["gateway"] = way.via
    if way.device and way.kind != "blackhole":
        asked["oif"] = index_of(route, way.device)
        asked["scope"] = "universe" if way.via else "link"
    if way.onlink:
        asked["flags"] = RTNH_F_ONLINK
    route.route(verb, **asked)


def text(ways: dict[str, Way]) -> str:
    return "".join(f"{to} {way}\n" for to, way in sorted(ways.items()))


if __name__ == "__main__":
    main()
