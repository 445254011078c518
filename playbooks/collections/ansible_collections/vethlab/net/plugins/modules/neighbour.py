# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""Permanent neighbours: who has an address on a link, written down."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vethlab.net.plugins.module_utils.netlink import attribute, family, index_of, netlink

DOCUMENTATION = r"""
module: neighbour
short_description: The permanent neighbours on an interface, and no others
description: Neither ARP nor neighbour discovery is asked for these. Permanent ones that are not given go.
options:
  device: {type: str, required: true, description: The interface.}
  neighbours: {type: dict, required: true, description: Address to MAC.}
requirements: [pyroute2 >= 0.9]
"""
EXAMPLES = r"""
- vethlab.net.neighbour: {device: br-int, neighbours: {169.254.1.1: "0a:58:a9:fe:01:01"}}
"""
RETURN = r"""
changed_addresses: {description: The addresses that were otherwise., returned: always, type: list}
"""

SPEC: dict[str, Any] = {"device": {"required": True}, "neighbours": {"type": "dict", "required": True}}
NUD_PERMANENT = 0x80


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    wanted = {str(ipaddress.ip_address(a)): str(mac).lower() for a, mac in module.params["neighbours"].items()}
    with netlink(module) as route:
        index = index_of(route, module.params["device"])
        if index is None and not module.check_mode:
            module.fail_json(msg=f"there is no interface {module.params['device']}")
        before = present(route, index) if index else {}
        changing = sorted(a for a in {*before, *wanted} if before.get(a) != wanted.get(a))
        for address in [] if module.check_mode else changing:
            change(route, index, address, wanted.get(address))
    diff = {"before": text(before), "after": text(wanted)} if module._diff else {}
    module.exit_json(changed=bool(changing), changed_addresses=changing, diff=diff)


def present(route: Any, index: int) -> dict[str, str]:
    return {
        attribute(e, "NDA_DST"): attribute(e, "NDA_LLADDR")
        for version in (socket.AF_INET, socket.AF_INET6)
        for e in route.get_neighbours(version, ifindex=index)
        if e["state"] & NUD_PERMANENT
    }


def change(route: Any, index: int | None, address: str, mac: str | None) -> None:
    if mac is None:
        route.neigh("del", family=family(address), ifindex=index, dst=address)
    else:
        route.neigh("replace", family=family(address), ifindex=index, dst=address, lladdr=mac, state=NUD_PERMANENT)


def text(neighbours: dict[str, str]) -> str:
    return "".join(f"{address} {mac}\n" for address, mac in sorted(neighbours.items()))


if __name__ == "__main__":
    main()
