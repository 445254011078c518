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


def environment(work: Path, playbooks: Path, *, over_ssh: bool = False) -> dict[str, str]:
    """What Ansible needs to find its settings, collections and the runner's callback, whoever the user is.

    For real machines also the user's own agent and inventory formats, and the Python that is found there.
    """
    return _everywhere(work, playbooks) | (_over_ssh() if over_ssh else {})


def _over_ssh() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("SSH_AUTH_SOCK", "HOME") if name in os.environ}
    return kept | {
        "ANSIBLE_INVENTORY_ENABLED": "host_list,script,yaml,ini,auto",
        "ANSIBLE_PYTHON_INTERPRETER": "auto_silent",
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_SSH_ARGS": "-o BatchMode=yes -o ControlMaster=auto -o ControlPersist=20s -o ServerAliveInterval=5",
    }


def _everywhere(work: Path, playbooks: Path) -> dict[str, str]:
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
