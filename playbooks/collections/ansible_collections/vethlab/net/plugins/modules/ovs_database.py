# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""The file in which Open vSwitch keeps its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: ovs_database
short_description: The file in which Open vSwitch keeps its configuration
description: Made empty with C(ovsdb-tool create) if it is absent; one that is there is left alone.
options:
  path: {type: path, required: true, description: The file.}
  schema:
    {type: path, description: "Its schema; by default F(share/openvswitch/vswitch.ovsschema) below the directory that
     holds the packages' programs."}
  directories: {type: list, elements: path, default: [], description: "Directories its daemons need, made if absent."}
"""
EXAMPLES = r"""
- vethlab.net.ovs_database: {path: /etc/openvswitch/conf.db, directories: [/run/openvswitch]}
"""
RETURN = r"""
schema: {description: The schema it has., returned: always, type: str}
"""

SPEC: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "schema": {"type": "path"},
    "directories": {"type": "list", "elements": "path", "default": []},
}
SCHEMA = "usr/share/openvswitch/vswitch.ovsschema"


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    tool = module.get_bin_path("ovsdb-tool", required=True)
    schema = module.params["schema"] or find_schema(module, Path(tool))
    path = Path(module.params["path"])
    absent = [d for d in map(Path, module.params["directories"]) if not d.is_dir()]
    changed = bool(absent) or not path.exists()
    if changed and not module.check_mode:
        for directory in [*absent, path.parent]:
            directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            module.run_command([tool, "create", str(path), str(schema)], check_rc=True)
    module.exit_json(changed=changed, schema=str(schema))


def find_schema(module: AnsibleModule, tool: Path) -> str:
    """In /usr/share, or below the tree of packages that were unpacked beside the tool."""
    for root in (*tool.parents, *tool.resolve().parents):
        for schema in (root / SCHEMA, root / "root" / SCHEMA):
            if schema.is_file():
                return str(schema)
    module.fail_json(msg=f"there is no {SCHEMA} near {tool}: install openvswitch-common")
    raise AssertionError


if __name__ == "__main__":
    main()
