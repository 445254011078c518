"""What configuring costs: our playbooks fresh and unchanged, beside Ansible's stock modules doing as many tasks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["ours", "stock"]

_STOCK = """
- hosts: all
  gather_facts: false
  tasks:
{tasks}
"""
_TASK = """
    - ansible.builtin.lineinfile: {{path: "{path}/{{{{ inventory_hostname }}}}", line: "{n}", create: true}}
"""


def ours(topology: str) -> dict[str, float]:
    """Seconds of the converge that brings a lab up, and of one that changes nothing; its tasks, over all machines."""
    name = f"bench-{os.getpid()}"
    up = _vethlab("up", topology, "--name", name)
    try:
        again = _vethlab("converge", name)
    finally:
        _vethlab("down", name)
    tasks = sum(node["ok"] + node["changed"] for node in again["nodes"].values())
    return {"fresh": up["phases"]["converge"], "unchanged": again["seconds"], "tasks": tasks}


def stock(hosts: int, tasks: int) -> float:
    """Seconds of a playbook of `tasks` lineinfile tasks on `hosts` hosts, the ordinary way."""
    with tempfile.TemporaryDirectory() as directory:
        book, inventory = Path(directory, "stock.yml"), Path(directory, "hosts.yml")
        lines = "".join(_TASK.format(n=n, path=directory) for n in range(tasks))
        book.write_text(_STOCK.format(tasks=lines))
        place = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory.write_text(json.dumps({"all": {"hosts": {f"h{i}": place for i in range(hosts)}}}))
        argv = [sys.executable, "-m", "ansible.cli.playbook", "-i", str(inventory), "-f", str(hosts), str(book)]
        environment = os.environ | {"ANSIBLE_HOME": directory, "HOME": directory, "LC_ALL": "C.UTF-8"}
        began = time.perf_counter()
        subprocess.run(argv, check=True, capture_output=True, env=environment)
        return time.perf_counter() - began


def _vethlab(*arguments: str) -> Any:
    argv = [sys.executable, "-m", "vethlab", *arguments, "--json"]
    return json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
