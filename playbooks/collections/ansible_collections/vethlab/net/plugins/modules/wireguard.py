# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""A WireGuard device's key, port and peers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: wireguard
short_description: A WireGuard device's key, port and peers
description: The device is there already. Peers are whole; C(wg syncconf) changes what differs and keeps sessions.
options:
  device: {type: str, required: true, description: The device.}
  key: {type: path, required: true, description: The file with its private key.}
  port: {type: int, required: true, description: The UDP port it listens on.}
  peers:
    type: list
    elements: dict
    required: true
    description: All of them.
    suboptions:
      public_key: {type: str, required: true, description: Who it is.}
      endpoint: {type: str, required: true, description: "Where it is, ADDRESS:PORT."}
      allowed: {type: list, elements: str, required: true, description: Prefixes behind it.}
"""
EXAMPLES = r"""
- vethlab.net.wireguard:
    device: flannel-wg
    key: /etc/wireguard/flannel-wg.key
    port: 51820
    peers: [{public_key: "{{ key }}", endpoint: "192.168.1.102:51820", allowed: [10.244.2.0/24]}]
"""
RETURN = r"""
peers: {description: How many there are afterwards., returned: always, type: int}
"""

PEER: dict[str, Any] = {
    "public_key": {"required": True, "no_log": False},
    "endpoint": {"required": True},
    "allowed": {"type": "list", "elements": "str", "required": True},
}
SPEC: dict[str, Any] = {
    "device": {"required": True},
    "key": {"type": "path", "required": True, "no_log": False},
    "port": {"type": "int", "required": True},
    "peers": {"type": "list", "elements": "dict", "required": True, "options": PEER},
}


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    wg, device = module.get_bin_path("wg", required=True), module.params["device"]
    key = Path(module.params["key"])
    secret = key.read_text().strip() if key.exists() else ""
    before = present(module, wg, device)
    wanted = want(module.params, secret)
    if before != wanted and not module.check_mode:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(configuration(module.params, secret))
            file.flush()
            module.run_command([wg, "syncconf", device, file.name], check_rc=True)
    module.exit_json(changed=before != wanted, peers=len(module.params["peers"]))


Peers = dict[str, tuple[str, tuple[str, ...]]]


def present(module: AnsibleModule, wg: str, device: str) -> tuple[str, int, Peers]:
    """(private key, port, peers) from `wg show DEVICE dump`; nothing where there is no device yet (check mode)."""
    status, output, errors = module.run_command([wg, "show", device, "dump"])
    if status and not module.check_mode:
        module.fail_json(msg=f"{device}: {errors.strip()}")
    if status:
        return "", 0, {}
    first, *rest = (line.split("\t") for line in output.splitlines())
    return first[0], int(first[2]), {r[0]: (r[2], tuple(sorted(r[3].split(",")))) for r in rest}


def want(params: dict[str, Any], secret: str) -> tuple[str, int, Peers]:
    peers = {p["public_key"]: (p["endpoint"], tuple(sorted(p["allowed"]))) for p in params["peers"]}
    return secret, params["port"], peers


def configuration(params: dict[str, Any], secret: str) -> str:
    """As wg(8) reads it."""
    lines = ["[Interface]", f"PrivateKey = {secret}", f"ListenPort = {params['port']}"]
    for peer in params["peers"]:
        lines += ["[Peer]", f"PublicKey = {peer['public_key']}", f"Endpoint = {peer['endpoint']}"]
        lines += [f"AllowedIPs = {', '.join(peer['allowed'])}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
