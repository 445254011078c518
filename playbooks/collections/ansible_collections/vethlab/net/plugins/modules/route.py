# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""Static routes of the main table."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vethlab.net.plugins.module_utils.netlink import attribute, family, netlink

DOCUMENTATION = r"""
module: route
short_description: Static routes of the main table
description: Each destination leads through its gateway, or (state absent) is not routed. Other routes stay.
options:
  routes:
    type: list
    elements: dict
    required: true
    description: All of them in one message exchange.
    suboptions:
      to: {type: str, required: true, description: A prefix.}
      via: {type: str, required: true, description: A gateway on a link.}
  state: {type: str, choices: [present, absent], default: present, description: Whether they should exist.}
requirements: [pyroute2 >= 0.9]
"""
EXAMPLES = r"""
- vethlab.net.route: {routes: [{to: 198.51.100.0/24, via: 203.0.113.1}]}
"""
RETURN = r"""
routes: {description: The destinations that changed., returned: always, type: list}
"""

ROUTE: dict[str, Any] = {"to": {"required": True}, "via": {"required": True}}
SPEC: dict[str, Any] = {
    "routes": {"type": "list", "elements": "dict", "required": True, "options": ROUTE},
    "state": {"choices": ["present", "absent"], "default": "present"},
}
MAIN = 254


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    asked = {str(ipaddress.ip_network(r["to"])): str(ipaddress.ip_address(r["via"])) for r in module.params["routes"]}
    with netlink(module) as route:
        before = {to: via for to, via in present(route).items() if to in asked}
        wanted = asked if module.params["state"] == "present" else {}
        changing = [to for to in asked if before.get(to) != wanted.get(to)]
        for to in [] if module.check_mode else changing:
            verb, via = ("replace", wanted[to]) if to in wanted else ("del", before[to])
            route.route(verb, dst=to, gateway=via, family=family(to), table=MAIN)
    diff = {"before": text(before), "after": text(wanted)} if module._diff else {}
    module.exit_json(changed=bool(changing), routes=changing, diff=diff)


def present(route: Any) -> dict[str, str]:
    """Destination to gateway, of the main table; the default route is 0.0.0.0/0 or ::/0."""
    return {
        f"{attribute(r, 'RTA_DST') or ('0.0.0.0' if version == socket.AF_INET else '::')}/{r['dst_len']}": gateway
        for version in (socket.AF_INET, socket.AF_INET6)
        for r in route.get_routes(version, table=MAIN)
        if (gateway := attribute(r, "RTA_GATEWAY"))
    }


def text(routes: dict[str, str]) -> str:
    return "".join(f"{to} via {via}\n" for to, via in sorted(routes.items()))


if __name__ == "__main__":
    main()
