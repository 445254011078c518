# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""The peers behind a VXLAN device, in flannel's manner.

packet for PREFIX --route, onlink--> ADDRESS --neighbour--> MAC --FDB--> UNDERLAY
"""

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
module: vxlan_peers
short_description: The peers behind a VXLAN device, and no others
description:
  - For each peer one forwarding database entry (its VTEP's MAC to its underlay address), one permanent neighbour
    (its VTEP's address to that MAC) and one route (its prefix by its VTEP's address, onlink).
  - The table is whole. Entries, permanent neighbours and gateway routes of the device that belong to no peer go.
options:
  device: {type: str, required: true, description: The VXLAN device.}
  peers:
    type: list
    elements: dict
    default: []
    description: All peers.
    suboptions:
      name: {type: str, description: For the reader only.}
      mac: {type: str, required: true, description: MAC of the peer's VTEP.}
      underlay: {type: str, required: true, description: Where the peer is reached.}
      address: {type: str, required: true, description: Address of the peer's VTEP.}
      prefix: {type: str, required: true, description: What lies behind the peer.}
  flood:
    type: list
    elements: str
    default: []
    description: Underlay addresses that frames go to whose receiver is not known (bridge-fdb(8), "append").
requirements: [pyroute2 >= 0.9]
"""
EXAMPLES = r"""
- vethlab.net.vxlan_peers:
    device: flannel.1
    peers:
      - {mac: "0e:00:00:00:04:02", underlay: 192.168.1.102, address: 10.244.2.0, prefix: 10.244.2.0/24}
"""
RETURN = r"""
added: {description: What was not there., returned: always, type: list}
removed: {description: What belonged to no peer., returned: always, type: list}
"""

PEER: dict[str, Any] = {
    "name": {},
    "mac": {"required": True},
    "underlay": {"required": True},
    "address": {"required": True},
    "prefix": {"required": True},
}
SPEC: dict[str, Any] = {
    "device": {"required": True},
    "peers": {"type": "list", "elements": "dict", "default": [], "options": PEER},
    "flood": {"type": "list", "elements": "str", "default": []},
}
NUD_PERMANENT = 0x80
#: The MAC whose entries are where a frame goes that fits no other.
ANYBODY = "00:00:00:00:00:00"
RTNH_F_ONLINK = 4


class Entry(NamedTuple):
    """One line of one of the three tables: `key` leads to `value`."""

    table: str
    key: str
    value: str

    def __str__(self) -> str:
        return {"fdb": "fdb {1} dst {2}", "neighbour": "neighbour {1} lladdr {2}", "route": "route {1} via {2}"}[
            self.table
        ].format(*self)


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    with netlink(module) as route:
        index = index_of(route, module.params["device"])
        if index is None:
            # Only in check mode can the device be about to be made.
            if not module.check_mode:
                module.fail_json(msg=f"there is no interface {module.params['device']}")
            before: set[Entry] = set()
        else:
            before = present(route, index)
        wanted = {e for peer in module.params["peers"] for e in entries(peer)}
        wanted |= {Entry("fdb", ANYBODY, str(ipaddress.ip_address(u))) for u in module.params["flood"]}
        if not module.check_mode:
            # What goes, goes first, and routes before the neighbours they lean on.
            for entry in sorted(before - wanted, reverse=True):
                change(route, index, "del", entry)
            for entry in sorted(wanted - before):
                change(route, index, "add", entry)
    module.exit_json(
        changed=before != wanted,
        added=sorted(map(str, wanted - before)),
        removed=sorted(map(str, before - wanted)),
        diff={"before": text(before), "after": text(wanted)} if module._diff else {},
    )


def entries(peer: dict[str, str]) -> list[Entry]:
    mac, address = peer["mac"].lower(), str(ipaddress.ip_address(peer["address"]))
    return [
        Entry("fdb", mac, str(ipaddress.ip_address(peer["underlay"]))),
        Entry("neighbour", address, mac),
        Entry("route", str(ipaddress.ip_network(peer["prefix"])), address),
    ]


def present(route: Any, index: int) -> set[Entry]:
    fdb = {
        Entry("fdb", attribute(e, "NDA_LLADDR"), attribute(e, "NDA_DST"))
        for e in route.fdb("dump", ifindex=index)
        if e["ifindex"] == index and attribute(e, "NDA_DST") and e["state"] & NUD_PERMANENT
    }
    neighbours = {
        Entry("neighbour", attribute(e, "NDA_DST"), attribute(e, "NDA_LLADDR"))
        for version in (socket.AF_INET, socket.AF_INET6)
        for e in route.get_neighbours(version, ifindex=index)
        if e["state"] & NUD_PERMANENT
    }
    ways = {
        Entry("route", f"{attribute(e, 'RTA_DST')}/{e['dst_len']}", attribute(e, "RTA_GATEWAY"))
        for e in routes(route, oif=index)
        if attribute(e, "RTA_GATEWAY") and attribute(e, "RTA_DST")
    }
    return fdb | neighbours | ways


def change(route: Any, index: int | None, verb: str, entry: Entry) -> None:
    if entry.table == "fdb":
        how = {"add": "append", "del": "del"}[verb]
        route.fdb(how, ifindex=index, lladdr=entry.key, dst=entry.value)
    elif entry.table == "neighbour":
        how = {"add": "replace", "del": "del"}[verb]
        route.neigh(
            how, family=family(entry.key), ifindex=index, dst=entry.key, lladdr=entry.value, state=NUD_PERMANENT
        )
    else:
        how = {"add": "replace", "del": "del"}[verb]
        route.route(how, dst=entry.key, gateway=entry.value, oif=index, flags=RTNH_F_ONLINK, family=family(entry.key))


def text(entries: set[Entry]) -> str:
    return "".join(f"{e}\n" for e in sorted(entries))


if __name__ == "__main__":
    main()
