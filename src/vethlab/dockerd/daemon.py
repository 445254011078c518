"""One Docker engine a node: its configuration, its start, and the wait until its API answers.

The engine is Debian's, unchanged, and lives in the node as on any machine: /etc/docker/daemon.json, /run/docker.sock,
/var/lib/docker, with a containerd of its own. It runs in the capsule's user namespace, as in a container without
privileges, where root is nobody outside. Of the machine's cgroups it sees that there are some; they are not its to
change, so its containers get none. Networks, NAT and names are those of any Docker engine.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import programs
from ..errors import LabError
from ..world import DEFAULT_NETWORK, Machine
from .choice import PROGRAMS

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["Daemon", "request"]

SOCKET = Path("/run/docker.sock")
LOG = Path("/var/log/docker.log")
_READY_SECONDS = 60.0
_ANSWER_SECONDS = 60
_RUNTIME = "/etc/docker/runc"
#: runc makes no cgroup where none is named (cgroups(7) are the machine's), and gives terminals to root's group instead
#: of group 5 where no other user id exists (devpts(5), user_namespaces(7)).
_RUNC = """\
#!/bin/sh
# runc in a lab: containers without cgroups of their own{and_one_user}.
runc=$(command -v runc)
previous=
for word; do
  [ "$previous" = --bundle ] && sed -i '{edit}' "$word/config.json"
  previous=$word
done
exec "$runc" "$@"
"""
_NO_CGROUP = r's#"cgroupsPath":"[^"]*"#"cgroupsPath":""#'
_ONE_GROUP = 's#"gid=5"#"gid=0"#'


@dataclass(frozen=True)
class Daemon:
    """A node's engine; `pid` is the node's first process, `process` the engine's, as the capsule counts."""

    node: str
    pid: int
    process: int

    @property
    def root(self) -> Path:
        """The node's file system."""
        return Path(f"/proc/{self.pid}/root")

    def connect(self) -> DockerClient:
        """A client of its API, once that answers. Raises LabError with the engine's last words when it does not."""
        # A fifth of a second to import, which only those pay who have an engine.
        from docker.errors import DockerException

        from docker import DockerClient

        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                return DockerClient(f"unix://{self.root}{SOCKET}", version="auto", timeout=_ANSWER_SECONDS)
            except DockerException as error:
                self._refuse_dead(error, deadline)
            time.sleep(0.01)

    def _refuse_dead(self, error: Exception, deadline: float) -> None:
        alive = Path(f"/proc/{self.process}").exists()
        if alive and time.monotonic() < deadline:
            return
        what = f"does not answer after {_READY_SECONDS:.0f} s: {error}" if alive else "has ended"
        raise LabError(f"the Docker engine of {self.node} {what}\n  {self.last_words()}")

    def last_words(self, lines: int = 5) -> str:
        """The end of its log."""
        try:
            text = (self.root / LOG.relative_to("/")).read_text(errors="replace")
        except OSError:
            return f"it left no log in {LOG}"
        return "\n  ".join(text.strip().splitlines()[-lines:])


def request(machine: Machine, pid: int) -> dict[str, Any]:
    """What the spawner has to know to start the engine of a machine whose first process is `pid`.

    Raises MachineError where a program is missing.
    """
    for name, package in PROGRAMS.items():
        programs.find(name, package)
    return {
        "job": "dockerd",
        "name": f"the Docker engine of {machine.name}",
        "pid": pid,
        "argv": [str(programs.find("dockerd", PROGRAMS["dockerd"]))],
        "libraries": str(programs.library_cache() or ""),
        "files": {
            "/etc/docker/daemon.json": (json.dumps(_configuration(machine), indent=2) + "\n", 0o644),
            _RUNTIME: (_runc(), 0o755),
        },
    }


def _configuration(machine: Machine) -> dict[str, Any]:
    """daemon.json (docs.docker.com, dockerd, "Daemon configuration file")."""
    network = machine.network(DEFAULT_NETWORK)
    options: dict[str, Any] = {"userland-proxy": False, "mtu": network.mtu, "icc": network.icc, "shutdown-timeout": 1}
    options |= {"runtimes": {"lab": {"path": _RUNTIME}}, "default-runtime": "lab"}
    if any(subnet.version == 6 for n in machine.networks for subnet in n.subnets):
        options |= {"ip6tables": True, "experimental": True}  # by itself since version 27
    for address in network.bridge.addresses if network.bridge else ():
        if address.version == 4:
            options["bip"] = str(address)
        else:
            options |= {"ipv6": True, "fixed-cidr-v6": str(address.network)}
    return options


def _runc() -> str:
    one = _single_id()
    edit = f"{_NO_CGROUP}; {_ONE_GROUP}" if one else _NO_CGROUP
    return _RUNC.format(edit=edit, and_one_user=", and with a single user id" if one else "")


def _single_id() -> bool:
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    return sum(int(line.split()[2]) for line in lines) == 1
