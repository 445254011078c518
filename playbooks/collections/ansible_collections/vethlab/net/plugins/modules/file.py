# SPDX-License-Identifier: Apache-2.0
# Imports ansible.module_utils.basic only, which is BSD-2-Clause.
"""The content of small text files."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: file
short_description: The content and mode of small text files
description:
  - A file gets the content by a rename, so that no reader sees half of it; one that is a mount point is written in
    place. A symbolic link is replaced. Missing directories are made.
options:
  files:
    type: list
    elements: dict
    required: true
    description: The files.
    suboptions:
      path: {type: path, required: true, description: Where.}
      content: {type: str, required: true, description: The whole text.}
      mode: {type: str, default: "0644", description: "Permissions, in octal."}
"""
EXAMPLES = r"""
- vethlab.net.file: {files: [{path: /etc/resolv.conf, content: "nameserver 192.168.1.101\n"}]}
"""
RETURN = r"""
changed_files: {description: The files that were otherwise., returned: always, type: list}
"""

FILE: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "content": {"required": True},
    "mode": {"default": "0644"},
}
SPEC: dict[str, Any] = {"files": {"type": "list", "elements": "dict", "required": True, "options": FILE}}


def main() -> None:
    module = AnsibleModule(SPEC, supports_check_mode=True)
    changed, diffs = [], []
    for asked in module.params["files"]:
        path, content, mode = Path(asked["path"]), asked["content"], int(asked["mode"], 8)
        before = describe(path)
        if before == (content, mode):
            continue
        changed.append(str(path))
        diffs.append(
            {"before": before[0], "after": content, "before_header": f"{path}", "after_header": f"{path} ({mode:04o})"}
        )
        if not module.check_mode:
            write(path, content, mode)
    module.exit_json(changed=bool(changed), changed_files=changed, diff=diffs if module._diff else [])


def describe(path: Path) -> tuple[str, int | None]:
    """(content, mode); a mode of None where there is no regular file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return "", None
    if not stat.S_ISREG(status.st_mode):
        return "", None
    return path.read_text(errors="replace"), stat.S_IMODE(status.st_mode)


def write(path: Path, content: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(content)
    draft.chmod(mode)
    try:
        draft.replace(path)
    except OSError:  # EBUSY: a mount point
        draft.unlink()
        path.write_text(content)
        path.chmod(mode)


if __name__ == "__main__":
    main()
