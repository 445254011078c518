# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""To whom a VXLAN device sends broadcasts, and frames for MAC addresses it has not learned."""

from __future__ import annotations

import ipaddress
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.vethlab.net.plugins.module_utils.netlink import attribute, index_of, netlink

DOCUMENTATION = r"""
module: vxlan_flood
short_description: The peers that a VXLAN device floods to, and no others
description:
  - For each peer one entry of the forwarding database with the MAC address of zeroes (bridge(8)). The table is whole;
    what the device has learned stays, but for what is behind a peer that goes.
options:
  device: {type: str, required: true, description: The VXLAN device.}
  peers: {type: list, elements: str, required: true, description: Underlay addresses.}
requirements: [pyroute2 >= 0.9]
"""
EXAMPLES = r"""
- vethlab.net.vxlan_flood: {device: vxlan-6784, peers: [192.168.1.102, 192.168.1.103]}
"""
RETURN = r"""
added: {description: Peers that were not there., returned: always, type: list}
removed: {description: Peers that were there and are not given., returned: always, type: list}
"""

SPEC: dict[str, Any] = {
    "device": {"required": True},
    "peers": {"type": "list", "elements": "str", "required": True},
}
EVERYBODY = "00:00:00:00:00:00"


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    wanted = {str(ipaddress.ip_address(p)) for p in module.params["peers"]}
    with netlink(module) as route:
        index = index_of(route, module.params["device"])
        if index is None and not module.check_mode:
            module.fail_json(msg=f"there is no interface {module.params['device']}")
        entries = present(route, index) if index else []
        before = {dst for mac, dst in entries if mac == EVERYBODY}
        if not module.check_mode:
            for mac, dst in entries:
                if dst not in wanted:
                    route.fdb("del", ifindex=index, lladdr=mac, dst=dst)
            for dst in sorted(wanted - before):
                route.fdb("append", ifindex=index, lladdr=EVERYBODY, dst=dst)
    diff = {"before": text(before), "after": text(wanted)} if module._diff else {}
    module.exit_json(
        changed=before != wanted, added=sorted(wanted - before), removed=sorted(before - wanted), diff=diff
    )


def present(route: Any, index: int) -> list[tuple[str, str]]:
    """(MAC, underlay address) of every entry that leads through the tunnel."""
    return [
        (attribute(e, "NDA_LLADDR"), attribute(e, "NDA_DST"))
        for e in route.fdb("dump", ifindex=index)
        if e["ifindex"] == index and attribute(e, "NDA_DST")
    ]


def text(peers: set[str]) -> str:
    return "".join(f"{peer}\n" for peer in sorted(peers))


if __name__ == "__main__":
    main()
