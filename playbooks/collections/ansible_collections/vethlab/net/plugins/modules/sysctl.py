# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""Kernel parameters under /proc/sys (proc(5))."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: sysctl
short_description: Many kernel parameters at once
description:
  - Sets parameters under /proc/sys, and with O(file) also writes them down for the next boot (sysctl.d(5)).
  - A parameter that belongs to the whole machine can be read but not written in a network namespace. If it has the
    value already that is fine; otherwise the failure names it as such.
options:
  values:
    {type: dict, required: true, description: "Parameter to value. A name that contains a dot of an interface is
     written with slashes: net/ipv4/conf/eth0.100/rp_filter."}
  file: {type: str, description: "A file in /etc/sysctl.d that says the same."}
"""
EXAMPLES = r"""
- vethlab.net.sysctl:
    values: {net.ipv4.ip_forward: 1, net.ipv6.conf.all.forwarding: 1}
    file: /etc/sysctl.d/90-forwarding.conf
"""
RETURN = r"""
changed_keys: {description: The parameters that had another value., returned: always, type: list}
"""

SPEC: dict[str, Any] = {"values": {"type": "dict", "required": True}, "file": {}}


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    wanted = {key: normal(value) for key, value in module.params["values"].items()}
    absent = [key for key in wanted if not path(key).exists()]
    if absent and not module.check_mode:
        module.fail_json(msg=f"this kernel has no {', '.join(absent)}: {advice(absent)}")
    before = {key: normal(path(key).read_text()) if path(key).exists() else "(absent)" for key in wanted}
    changing = [key for key in wanted if before[key] != wanted[key]]
    record = Path(module.params["file"]) if module.params["file"] else None
    recorded = record.read_text() if record and record.exists() else ""
    content = "".join(f"{key} = {value}\n" for key, value in wanted.items()) if record else ""
    if not module.check_mode:
        write(module, {key: wanted[key] for key in changing})
        if record and recorded != content:
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text(content)
    shown = {"before": text(before), "after": text(wanted)} if module._diff else {}
    module.exit_json(changed=bool(changing) or recorded != content, changed_keys=changing, diff=shown)


def path(key: str) -> Path:
    return Path("/proc/sys", key if "/" in key else key.replace(".", "/"))


def normal(value: Any) -> str:
    """The kernel separates several numbers by tabs."""
    return " ".join(str(int(value) if isinstance(value, bool) else value).split())


def write(module: AnsibleModule, values: dict[str, str]) -> None:
    for key, value in values.items():
        try:
            path(key).write_text(value + "\n")
        except PermissionError:
            module.fail_json(msg=f"{key} is read-only here: it belongs to the whole machine, not to this namespace")
        except OSError as error:
            module.fail_json(msg=f"{key} = {value} was refused: {error.strerror}")


def advice(keys: list[str]) -> str:
    if any(k.replace("/", ".").startswith("net.bridge.") for k in keys):
        return "load the module br_netfilter"
    return "is the name right, and does the interface exist?"


def text(values: dict[str, str]) -> str:
    return "".join(f"{key} = {value}\n" for key, value in sorted(values.items()))


if __name__ == "__main__":
    main()
