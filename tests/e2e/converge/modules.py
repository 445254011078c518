"""Running one module of the collection by itself, in this process's namespaces."""

from __future__ import annotations

import importlib
import io
import json
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

COLLECTIONS = Path(__file__).parents[3] / "playbooks/collections"


def run_module(name: str, arguments: dict[str, Any], *, check: bool = False) -> dict[str, Any]:
    """What the module answers; `failed` is in it where it failed."""
    if str(COLLECTIONS) not in sys.path:
        sys.path.append(str(COLLECTIONS))
    from ansible.module_utils import basic

    module = importlib.import_module(f"ansible_collections.vethlab.net.plugins.modules.{name}")
    options = {
        "_ansible_check_mode": check,
        "_ansible_diff": True,
        "_ansible_no_log": True,
        "_ansible_remote_tmp": "/tmp",
    }
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments | options}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    said = io.StringIO()
    with redirect_stdout(said), suppress(SystemExit):
        module.main()
    answer: dict[str, Any] = json.loads(said.getvalue())
    return answer
