"""Which engine a lab's Docker is: the one asked for, or with `auto` the real one wherever it can run."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

from .. import programs
from ..defaults import complete
from ..docker_versions import generation
from ..errors import MachineError
from ..model import Engine, EngineVersion, Topology

__all__ = ["PROGRAMS", "Choice", "choose", "version", "why_not"]

#: What the engine consists of, and the Debian package of each.
PROGRAMS = {"dockerd": "docker.io", "docker": "docker.io", "containerd": "containerd", "runc": "runc"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The topology with its engine settled; its version, where that is not what the file says; what is to be said.

    `topology` keeps the version that its author had in mind: what he expects is of that one.
    """

    topology: Topology
    version: EngineVersion | None = None
    said: str = ""


def choose(topology: Topology, wanted: Engine | None = None, of: EngineVersion | None = None) -> Choice:
    """Settle the engine. `wanted`, and the version it is to be `of`, go before what the file says.

    A real engine has the version it has: what is to be expected of its networks follows from that. Raises MachineError
    where dockerd is asked for and cannot run here, or is not of that version.
    """
    topology = complete(topology)
    if topology.docker is None:
        return Choice(topology)
    asked = wanted or topology.docker.engine
    reason = (why_not() or _other_than(of)) if asked != "emulated" else None
    if reason and asked == "dockerd":
        remedy = "run ./vethlab from a checkout, which unpacks it without installing it, or take --engine emulated"
        raise MachineError(f"Docker's own engine cannot run: {reason}", remedy)
    if asked == "emulated" or reason:
        return Choice(_with(topology, "emulated"), of, f"Docker is emulated: {reason}" if reason else "")
    found = version()
    said = f"Docker is dockerd {found}" if asked == "auto" else ""
    return Choice(_with(topology, "dockerd"), generation(found), said)


def why_not() -> str | None:
    """What keeps the real engine from running on this machine; None where nothing does."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=programs.search_path())]
    return f"this machine has no {' and no '.join(missing)}" if missing else None


def _other_than(wanted: EngineVersion | None) -> str | None:
    """That the engine here is not of that version; None where it is, or any will do."""
    if wanted is None or generation(found := version()) == wanted:
        return None
    return f"it is {found} here, and {wanted} was asked for"


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


def _with(topology: Topology, engine: Engine) -> Topology:
    assert topology.docker
    return topology.model_copy(update={"docker": topology.docker.model_copy(update={"engine": engine})})
