# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""A bridge of Open vSwitch: its ports, the Geneve options it knows, and its flows."""

from __future__ import annotations

import json
import tempfile
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: ovs_bridge
short_description: A bridge of Open vSwitch, with its ports and flows
description:
  - Makes the bridge and the ports if they are absent, and sets what is given (ovs-vsctl(8)).
  - Ports of a kind in O(whole) that are not given go; others stay, for they are somebody else's (a CNI plugin's, say).
  - Flows are whole where they are given; C(ovs-ofctl diff-flows) finds what differs, C(replace-flows) sets it at once.
options:
  name: {type: str, required: true, description: The bridge.}
  datapath: {type: str, choices: [system, netdev], default: netdev, description: "In the kernel, or in user space."}
  hwaddr: {type: str, description: The MAC of its own port.}
  mtu: {type: int, description: Bytes of the largest packet of its own port.}
  ports:
    type: list
    elements: dict
    default: []
    description: Its ports.
    suboptions:
      name: {type: str, required: true, description: The port.}
      kind: {type: str, default: "", description: "geneve, patch, internal; empty for an interface that is there."}
      options: {type: dict, default: {}, description: "Of that kind: remote_ip, key, peer."}
  whole: {type: list, elements: str, default: [], description: Kinds whose ports are all given.}
  tlv:
    {type: list, elements: str, default: [], description: "Geneve options as ovs-ofctl's add-tlv-map reads them, in the
     order of tun_metadata0 and on."}
  flows: {type: str, description: "All flows, one a line (ovs-ofctl(8))."}
"""
EXAMPLES = r"""
- vethlab.net.ovs_bridge:
    name: br-tun
    ports: [{name: gen-node2, kind: geneve, options: {remote_ip: 192.168.1.102, key: flow}}]
    whole: [geneve]
    tlv: ["{class=0x102,type=0x80,len=4}->tun_metadata0"]
    flows: "priority=0,actions=drop"
"""
RETURN = r"""
changes: {description: What was otherwise., returned: always, type: list}
"""

PORT: dict[str, Any] = {
    "name": {"required": True},
    "kind": {"default": ""},
    "options": {"type": "dict", "default": {}},
}
SPEC: dict[str, Any] = {
    "name": {"required": True},
    "datapath": {"choices": ["system", "netdev"], "default": "netdev"},
    "hwaddr": {},
    "mtu": {"type": "int"},
    "ports": {"type": "list", "elements": "dict", "default": [], "options": PORT},
    "whole": {"type": "list", "elements": "str", "default": []},
    "tlv": {"type": "list", "elements": "str", "default": []},
    "flows": {},
}
Transaction = list[list[str]]


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    before = Present(module)
    steps = transaction(module.params, before)
    if steps and not module.check_mode:
        vsctl(module, *[word for step in steps for word in ("--", *step)][1:])
    exists = before.exists or not module.check_mode
    changes = [" ".join(step) for step in steps]
    changes += learn_options(module) if exists else module.params["tlv"]
    changes += set_flows(module) if exists else []
    shown = {"before": "", "after": "".join(f"{c}\n" for c in changes)} if module._diff and changes else {}
    module.exit_json(changed=bool(changes), changes=changes, diff=shown)


class Present:
    """The bridge as the database has it: its columns, and its ports' interfaces by name."""

    def __init__(self, module: AnsibleModule) -> None:
        name = module.params["name"]
        self.bridge = next(iter(rows(module, "Bridge", "name", name)), {})
        self.exists = bool(self.bridge)
        ports = vsctl(module, "list-ports", name).split() if self.exists else []
        everyone = {row["name"]: row for row in rows(module, "Interface")} if self.exists else {}
        self.ports = {port: everyone[port] for port in ports if port in everyone}
        self.own = everyone.get(name, {})


def rows(module: AnsibleModule, table: str, column: str = "", value: str = "") -> list[dict[str, Any]]:
    where = ["find", table, f"{column}={value}"] if column else ["list", table]
    found = json.loads(vsctl(module, "--format=json", *where))
    return [dict(zip(found["headings"], map(plain, row), strict=True)) for row in found["data"]]


def plain(value: Any) -> Any:
    """JSON as OVSDB writes it (RFC 7047, 5.1): maps and sets are pairs that begin with their kind."""
    if isinstance(value, list) and len(value) == 2 and value[0] == "map":
        return {k: str(v) for k, v in value[1]}
    if isinstance(value, list) and len(value) == 2 and value[0] == "set":
        return None if not value[1] else value[1]
    return value


def transaction(params: dict[str, Any], before: Present) -> Transaction:
    """What ovs-vsctl must do, all at once."""
    name = params["name"]
    steps: Transaction = []
    if not before.exists:
        steps.append(["add-br", name, "--", "set", "Bridge", name, f"datapath_type={params['datapath']}"])
    hwaddr = params["hwaddr"]
    if hwaddr and (before.bridge.get("other_config") or {}).get("hwaddr") != hwaddr:
        steps.append(["set", "Bridge", name, f'other_config:hwaddr="{hwaddr}"'])
    if params["mtu"] and before.own.get("mtu_request") != params["mtu"]:
        steps.append(["set", "Interface", name, f"mtu_request={params['mtu']}"])
    given = {port["name"] for port in params["ports"]}
    for port, row in before.ports.items():
        if port not in given and row["type"] in params["whole"]:
            steps.append(["del-port", name, port])
    return steps + [step for port in params["ports"] for step in port_steps(name, port, before)]


def port_steps(bridge: str, port: dict[str, Any], before: Present) -> Transaction:
    row = before.ports.get(port["name"])
    steps: Transaction = [] if row else [["add-port", bridge, port["name"]]]
    wanted = {k: str(v) for k, v in port["options"].items()}
    if port["kind"] and (row is None or row["type"] != port["kind"] or (row["options"] or {}) != wanted):
        options = [f"options:{k}={v}" for k, v in sorted(wanted.items())]
        steps.append(["set", "Interface", port["name"], f"type={port['kind']}", *options])
    return steps


def learn_options(module: AnsibleModule) -> list[str]:
    """Geneve options: a table of the bridge's, which flows name as tun_metadata0 and on."""
    if not module.params["tlv"]:
        return []
    name = module.params["name"]
    listed = ofctl(module, "dump-tlv-map", name)
    missing = [tlv for tlv in module.params["tlv"] if numbers(tlv) not in {numbers(x) for x in table_lines(listed)}]
    if missing and not module.check_mode:
        ofctl(module, "add-tlv-map", name, ",".join(missing))
    return [f"add-tlv-map {tlv}" for tlv in missing]


def table_lines(listed: str) -> list[str]:
    return [line for line in listed.splitlines() if "tun_metadata" in line]


def numbers(tlv: str) -> tuple[int, ...]:
    """Class, type and length, however they are written."""
    words = "".join(c if c.isalnum() else " " for c in tlv).split()
    return tuple(int(w, 0) for w in words if w[0].isdigit())[:3]


def set_flows(module: AnsibleModule) -> list[str]:
    flows, name = module.params["flows"], module.params["name"]
    if flows is None:
        return []
    with tempfile.NamedTemporaryFile("w", suffix=".flows") as file:
        file.write(flows)
        file.flush()
        argv = [program(module, "ovs-ofctl"), "-OOpenFlow15", "--names", "diff-flows", name, file.name]
        status, output, errors = module.run_command(argv)
        if status not in (0, 2):
            module.fail_json(msg=f"the flows of {name} were not understood: {errors.strip()}")
        if status == 2 and not module.check_mode:
            ofctl(module, "--bundle", "replace-flows", name, file.name)
            # What the datapath made of the flows before is forgotten a moment later, and until then goes on.
            run(module, [program(module, "ovs-appctl"), "--timeout=20", "revalidator/wait"])
    return [line for line in output.splitlines() if line.strip()] if status == 2 else []


def vsctl(module: AnsibleModule, *argv: str) -> str:
    return run(module, [program(module, "ovs-vsctl"), "--timeout=20", *argv])


def ofctl(module: AnsibleModule, *argv: str) -> str:
    return run(module, [program(module, "ovs-ofctl"), "-OOpenFlow15", "--names", *argv])


def program(module: AnsibleModule, name: str) -> str:
    return str(module.get_bin_path(name, required=True))


def run(module: AnsibleModule, argv: list[str]) -> str:
    status, output, errors = module.run_command(argv)
    if status:
        module.fail_json(msg=f"{' '.join(argv)}: {errors.strip() or f'exit status {status}'}")
    return str(output)


if __name__ == "__main__":
    main()
