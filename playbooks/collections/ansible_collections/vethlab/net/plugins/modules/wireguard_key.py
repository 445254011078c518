# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""A WireGuard private key, made once, and what the others need of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: wireguard_key
short_description: A WireGuard private key, made once
description: Makes the key if the file is absent (C(wg genkey)), readable by its owner only. The key itself is not told.
options:
  path: {type: path, required: true, description: The file.}
"""
EXAMPLES = r"""
- vethlab.net.wireguard_key: {path: /etc/wireguard/flannel-wg.key}
  register: wireguard_key
"""
RETURN = r"""
public_key: {description: "Its public key; empty in check mode, where there is none yet.", returned: always, type: str}
"""

SPEC: dict[str, Any] = {"path": {"type": "path", "required": True}}


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    wg, path = module.get_bin_path("wg", required=True), Path(module.params["path"])
    absent = not path.exists()
    if absent and not module.check_mode:
        _, key, _ = module.run_command([wg, "genkey"], check_rc=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(key)
    public = ""
    if path.exists():
        _, public, _ = module.run_command([wg, "pubkey"], data=path.read_text(), check_rc=True)
    module.exit_json(changed=absent, public_key=public.strip())


if __name__ == "__main__":
    main()
