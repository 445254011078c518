"""Which engine a lab's Docker is: the one asked for, or with `auto` the real one wherever it can run."""

from __future__ import annotations

import re
import shutil
import subprocess

from .. import programs
from ..errors import MachineError
from ..model import Engine, EngineVersion, Topology

__all__ = ["PROGRAMS", "choose", "generation", "version", "why_not"]

#: What the engine consists of, and the Debian package of each.
PROGRAMS = {"dockerd": "docker.io", "docker": "docker.io", "containerd": "containerd", "runc": "runc"}


def choose(topology: Topology, wanted: Engine | None = None) -> tuple[Topology, str]:
    """The topology with its engine settled, and what is to be said about it: nothing, or a reason.

    `wanted` goes before what the file says. A real engine has the version it has: what is expected of its networks
    follows from that. Raises MachineError where dockerd is asked for and cannot run here.
    """
    if topology.docker is None:
        return topology, ""
    asked = wanted or topology.docker.engine
    reason = why_not() if asked != "emulated" else None
    if reason and asked == "dockerd":
        remedy = "sudo apt-get install docker.io   or take --engine emulated"
        raise MachineError(f"Docker's own engine cannot run: {reason}", remedy)
    if asked == "emulated" or reason:
        said = f"Docker is emulated: {reason}" if reason else ""
        return _with(topology, engine="emulated"), said
    found = version()
    said = f"Docker is dockerd {found}" if asked == "auto" else ""
    return _with(topology, engine="dockerd", version=generation(found)), said


def why_not() -> str | None:
    """What keeps the real engine from running on this machine; None where nothing does."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=programs.search_path())]
    return f"this machine has no {' and no '.join(missing)}" if missing else None


def version() -> str:
    """That of this machine's engine, as 20.10.24. Raises MachineError where it does not say."""
    dockerd = programs.find("dockerd", PROGRAMS["dockerd"])
    said = subprocess.run([str(dockerd), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version (\d+(\.\d+)+)", said)
    if found is None:
        raise MachineError(
            f"{dockerd} does not say its version: {said.strip() or 'nothing'}", f"try {dockerd} --version"
        )
    return found[1]


def generation(version: str) -> EngineVersion:
    """Under which of the versions that differ an engine falls."""
    major = int(version.partition(".")[0])
    return "28" if major >= 28 else "27" if major >= 23 else "20.10"


def _with(topology: Topology, **changes: str) -> Topology:
    assert topology.docker
    return topology.model_copy(update={"docker": topology.docker.model_copy(update=changes)})
