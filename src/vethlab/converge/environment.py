"""The environment of Ansible: ours alone, and nothing of the user's but PATH."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import vethlab

__all__ = ["FORKS", "environment"]

#: Workers at a time, which is tasks at a time. Ansible reads it once, when it is imported.
FORKS = 32


def environment(work: Path, playbooks: Path) -> dict[str, str]:
    """What Ansible needs to find its settings, collections and the runner's callback, whoever the user is."""
    return {
        "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"]),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(work),
        "TMPDIR": "/tmp",
        "PYTHONPATH": str(Path(vethlab.__file__).resolve().parents[1]),
        "ANSIBLE_CONFIG": str(playbooks / "ansible.cfg"),
        "ANSIBLE_CALLBACK_PLUGINS": _callback(),
        "ANSIBLE_STDOUT_CALLBACK": "awx_display",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_HOME": str(work / "tmp"),
        "ANSIBLE_LOCAL_TEMP": str(work / "tmp"),
        "ANSIBLE_REMOTE_TEMP": "/tmp/.ansible",
        "ANSIBLE_FORKS": str(FORKS),
        "ANSIBLE_INVENTORY_ENABLED": "yaml",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_NO_TARGET_SYSLOG": "1",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }


def _callback() -> str:
    """The directory of the runner's callback, found without importing the runner, which takes a tenth of a second."""
    runner = importlib.util.find_spec("ansible_runner")
    assert runner is not None
    assert runner.origin is not None
    return str(Path(runner.origin).parent / "display_callback/callback")
