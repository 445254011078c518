# SPDX-License-Identifier: GPL-3.0-or-later
# This file imports Ansible's action base, which is GPL-3.0-or-later, and is therefore under that licence itself.
"""The action behind every module of the collection: two ways to one module.

    machine with vethlab_pid   worker --setns--> the machine's namespaces, module.main() in this very process
    any other machine          worker --connection--> a Python interpreter there, as Ansible always does

The worker is a process of its own, forked for one task on one machine, with a single thread: setns(2) asks for that.
A module is imported here, before the fork, so that all workers share what it imports.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from types import ModuleType
from typing import Any, ClassVar

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils import basic
from ansible.module_utils.common.json import Direction, get_module_encoder
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader, lookup_loader, shell_loader
from ansible.template import Templar, trust_as_template

from vethlab.namespace import ALL, enter, libc_call

#: How Ansible writes a module's arguments and results.
PROFILE = "legacy"


def _warm_up() -> None:
    """Load once, before the first fork, what every worker would load for itself and forget.

    Out of the garbage collector's sight it is not written to in each of them either, which would copy it, page by
    page: a fifth of a run's time.
    """
    lookup_loader.get("ansible.builtin.template")
    connection_loader.get("local", class_only=True)
    shell_loader.get("sh")
    Templar(loader=None).template(trust_as_template("{{ [1] | map('string') | join(' ') if 1 is defined }}"))
    gc.collect()
    gc.freeze()
    gc.disable()


_warm_up()


class PlaceAction(ActionBase):
    """Runs `module` where the machine is. A subclass of a few lines names the module."""

    module: ClassVar[ModuleType]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        pid = task_vars.get("vethlab_pid")
        if pid is None or self._task.async_val:
            return result | self._execute_module(task_vars=task_vars)
        return result | self._run_in(int(pid), task_vars)

    def _run_in(self, pid: int, task_vars: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(self._task.args)
        self._update_module_args(self._task.action, arguments, task_vars)
        # Where to put temporary files is the machine's affair; the controller's own directories are not there.
        arguments |= {"_ansible_remote_tmp": "/tmp", "_ansible_tmpdir": None}
        with _place(pid):
            output, errors = _call_main(self.module, arguments)
        data: dict[str, Any] = self._parse_returned_data({"stdout": output, "stderr": errors, "rc": 0}, PROFILE)
        return data


@contextmanager
def _place(pid: int) -> Iterator[None]:
    """Inside the namespaces of `pid`, and back: a loop in a task comes here once for each item."""
    home = [os.open(f"/proc/self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in ALL]
    try:
        try:
            enter(pid)
        except (FileNotFoundError, ProcessLookupError) as error:
            raise AnsibleConnectionFailure(f"process {pid}, which is this machine, is gone") from error
        yield
    finally:
        _back(home)


def _back(home: list[int]) -> None:
    for descriptor in home:
        libc_call("setns", descriptor, 0)
        os.close(descriptor)


def _call_main(module: ModuleType, arguments: dict[str, Any]) -> tuple[str, str]:
    """(standard output, traceback if it crashed) of a module: what an interpreter of its own would have written."""
    encoder = get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}, cls=encoder).encode()
    basic._ANSIBLE_PROFILE = PROFILE
    output = io.StringIO()
    with redirect_stdout(output):
        try:
            module.main()
        except SystemExit:
            pass
        except Exception as error:
            failure = {"failed": True, "msg": f"{type(error).__name__}: {error}", "exception": traceback.format_exc()}
            print(json.dumps(failure), file=sys.stdout)
    return output.getvalue(), ""
