"""Three nodes with a real sshd, before any playbook, and a fourth that reaches them by SSH alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vethlab import programs
from vethlab.running import RunningLab

HERE = Path(__file__).parent
SOURCES = HERE.parents[2] / "src"
HOSTS = ("node1", "node2", "node3")
CONTROLLER = "controller"

KEYS = """
set -e
mkdir -p /run/sshd /root/.ssh
chmod 700 /root/.ssh
cat > /root/.ssh/authorized_keys
ssh-keygen -q -t ed25519 -N '' -f /root/host_key
cat /root/host_key.pub
"""
SSHD = (
    "$(command -v sshd) -f /dev/null -h /root/host_key -o UsePAM=no -o PermitRootLogin=prohibit-password "
    "-o PidFile=/run/sshd.pid"
)
CLIENT = """
set -e
mkdir -p /root/.ssh
chmod 700 /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
cat /root/.ssh/id_ed25519.pub
"""


@dataclass(frozen=True)
class Controller:
    """What an operator's own machine would do; `lab` is for looking behind the scenes and for breaking things."""

    lab: RunningLab

    def write(self, path: str, text: str) -> None:
        self.lab.run(CONTROLLER, "tee", path, stdin=text)

    def vethlab(self, *argv: str) -> subprocess.CompletedProcess[str]:
        command = ("env", f"PYTHONPATH={SOURCES}", "PYTHONDONTWRITEBYTECODE=1", sys.executable, "-m", "vethlab")
        return self.lab.run(CONTROLLER, *command, *argv, check=False)

    def converge(self) -> dict[str, Any]:
        """The first time in a module; what it changed, nothing when it has been done."""
        done = self.lab.run("node3", "ip", "link", "show", "cni0", check=False).returncode == 0
        return {} if done else self.said("converge", "--inventory", "/root/hosts.ini")

    def only(self, host: str, of: str = "") -> str:
        """An inventory of one machine: what the whole one, or the text given, says of it."""
        lines = (of or self.lab.run(CONTROLLER, "cat", "/root/hosts.ini").stdout).splitlines()
        others = tuple(f"{name} " for name in HOSTS if name != host)
        self.write(f"/root/{host}.ini", "\n".join(line for line in lines if not line.startswith(others)) + "\n")
        return f"/root/{host}.ini"

    def command(self, place: str, *argv: str) -> list[str]:
        return [sys.executable, "-m", "vethlab", "exec", self.lab.name, place, "--", *argv]

    def restart(self, host: str) -> None:
        self.lab.run(host, "sh", "-c", SSHD)

    def said(self, *argv: str) -> dict[str, Any]:
        done = self.vethlab(*argv, "--json")
        assert done.stdout, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document


@pytest.fixture
def controller(world: RunningLab) -> Controller:
    if not _prepared(world):
        _prepare(world)
    return Controller(world)


def _prepared(world: RunningLab) -> bool:
    return world.run(CONTROLLER, "test", "-e", "/root/hosts.ini", check=False).returncode == 0


def _prepare(world: RunningLab) -> None:
    if int(world.run(CONTROLLER, "cat", "/proc/self/uid_map").stdout.split()[2]) == 1:
        pytest.skip("sshd becomes another user for a while, and this user's labs have one id alone (/etc/subuid)")
    programs.find("sshd", "openssh-server")
    key = world.run(CONTROLLER, "sh", "-c", CLIENT).stdout
    known = ""
    for host in HOSTS:
        public = world.run(host, "sh", "-c", KEYS, stdin=key).stdout
        world.run(host, "sh", "-c", SSHD)
        known += f"{world.address(host)} {' '.join(public.split()[:2])}\n"
    written = Controller(world)
    written.write("/root/.ssh/known_hosts", known)
    written.write("/root/office.yml", (HERE / "office.yml").read_text())
    lines = [f"{host} ansible_host={world.address(host)} ansible_user=root" for host in HOSTS]
    shared = ["", "[all:vars]", f"ansible_python_interpreter={sys.executable}", "vethlab_topology=office.yml"]
    written.write("/root/hosts.ini", "\n".join([*lines, *shared]) + "\n")
