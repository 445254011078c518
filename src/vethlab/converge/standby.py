"""Ansible, imported before it is needed: it starts while the machines are made, and serves every run of a lab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ..assets import asset
from ..warm import listening
from .environment import environment

__all__ = ["Standby"]

#: Beside the shipped playbooks: what it has loaded before the first run.
_PRELOAD = "collections/ansible_collections/vethlab/net/plugins/plugin_utils/preload.py"
_IMPORTS = (
    "ansible.executor.playbook_executor",
    "ansible.executor.process.worker",
    "ansible.plugins.cache.memory",
    "multiprocessing.popen_fork",
    "multiprocessing.synchronize",
)


class Standby:
    """A process that has imported Ansible and forks for every run (vethlab.warm). Ends with `end`, or the capsule."""

    def __init__(self, work: Path, playbooks: Path | None = None) -> None:
        self.socket = work / "ansible.sock"
        work.mkdir(parents=True, exist_ok=True)
        where = playbooks or asset("playbooks")
        preload = where / _PRELOAD if (where / _PRELOAD).exists() else asset("playbooks") / _PRELOAD
        program = [sys.executable, "-m", "vethlab.warm", "serve"]
        with listening(self.socket) as listener:
            self._process = subprocess.Popen(
                [*program, str(listener.fileno()), "ansible.cli.playbook", "main", *_IMPORTS, preload],
                env=environment(work, where),
                cwd=work,
                stdin=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
            )

    def command(self) -> list[str]:
        """What `ansible-playbook` is called here; its arguments follow."""
        return [sys.executable, "-S", "-m", "vethlab.warm", "ask", str(self.socket)]

    def end(self) -> None:
        """Returns when it is gone."""
        self._process.kill()
        self._process.wait()
