"""One behaviour of Docker's networks: a question that both engines are asked, and the answer both must give."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from vethlab.docker_versions import has
from vethlab.model import EngineVersion
from vethlab.running import RunningLab

__all__ = ["Ask", "Behaviour", "asked", "dig", "docker", "docker_says", "file_of", "inside", "says"]

#: Asks a lab, and tells the answer in one line or a few.
Ask = Callable[[RunningLab], str]


@dataclass(frozen=True)
class Behaviour:
    """`says` in words, `ask` in deed. Before the `change` of vethlab.docker_versions the answer is `before`."""

    name: str
    says: str
    ask: Ask
    answer: str
    change: str = ""
    before: str = ""

    def expected(self, version: EngineVersion) -> str:
        """What an engine of that version answers."""
        return self.before if self.change and not has(version, self.change) else self.answer


def asked(source: str, target: str, **question: object) -> Ask:
    """A probe's outcome, as `reached site saw 172.20.0.3`."""
    return lambda lab: str(lab.probe(source, target, **question))


def docker(lab: RunningLab, *words: str, node: str = "node1") -> subprocess.CompletedProcess[str]:
    """The docker command on a host, whichever engine it has."""
    return lab.docker(node, *words)


def says(*words: str, node: str = "node1") -> Ask:
    """What a docker command prints."""
    return lambda lab: docker(lab, *words, node=node).stdout.strip()


def docker_says(*words: str) -> Ask:
    """How a docker command is refused: its exit status, and the last line of Docker's own words before any hint."""

    def ask(lab: RunningLab) -> str:
        done = docker(lab, *words)
        lines = [line for line in done.stderr.splitlines() if line and not line.startswith(("Run '", "See '"))]
        return f"{done.returncode}: {lines[-1] if lines else ''}"

    return ask


def namespace(lab: RunningLab, container: str) -> str:
    """Where the container's network namespace has a name on its host."""
    return docker(lab, "inspect", "-f", "{{.NetworkSettings.SandboxKey}}", container).stdout.strip()


def inside(container: str, *argv: str) -> Ask:
    """What one of the host's programs prints in a container's network namespace."""
    return lambda lab: lab.run(
        "node1", "nsenter", f"--net={namespace(lab, container)}", *argv, check=False
    ).stdout.strip()


def dig(container: str, *words: str) -> Ask:
    """What dig prints, asking the embedded name server; answers in alphabetical order."""

    def ask(lab: RunningLab) -> str:
        told = inside(container, "dig", "@127.0.0.11", "+time=5", "+tries=1", *words)(lab)
        return " ".join(sorted(told.split())) if "+short" in words else told

    return ask


def file_of(container: str, path: str) -> Ask:
    """A file as the container sees it, on one line."""
    return lambda lab: " | ".join(lab.run(container, "cat", path).stdout.split("\n")).strip(" |")
