"""One behaviour of Docker's networks: a question that both engines are asked, and the answer both must give."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address

from vethlab.docker_versions import has
from vethlab.model import EngineVersion
from vethlab.outcome import Reached
from vethlab.probe.patience import is_denial
from vethlab.running import RunningLab

__all__ = [
    "Ask",
    "Behaviour",
    "asked",
    "broken",
    "dig",
    "docker",
    "docker_says",
    "file_of",
    "inside",
    "says",
    "tracked",
]

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
    """A probe's outcome, as `reached site saw 172.20.0.3`.

    A denial is one only if the same source reached somebody near it before and after; else nothing was measured.
    """

    def ask(lab: RunningLab) -> str:
        control = near(lab, source, target)
        before = lab.probe(source, control, icmp=True)
        seen = lab.probe(source, target, **question)
        if not is_denial(seen.outcome):
            return str(seen)
        after = lab.probe(source, control, icmp=True)
        proven = before == Reached() and after == Reached()
        return str(seen) if proven else f"not measured: {source} → {control} was {before} before, {after} after"

    return ask


def near(lab: RunningLab, source: str, target: str) -> str:
    """Whom the source reaches if it is not cut off: by the loopback that, else its gateway or that of its network."""
    address = ip_address(lab.address(target))
    machine, sandbox = lab.world.machines.get(source), lab.world.sandboxes.get(source)
    if address.is_loopback:
        return str(address)
    if machine or sandbox is None:
        return str(next(iter(machine.gateways if machine else ()), lab.address("node1")))
    networks = [lab.world.machines[sandbox.node].network(n.network) for n in sandbox.nics if sandbox.mode != "host"]
    ways = (*sandbox.gateways, *(g for network in networks for g in network.gateways))
    return str(next(iter(ways), "127.0.0.1"))


def broken(spoil: str, mend: str, question: Ask, node: str = "node1") -> Ask:
    """The answer while a host is spoilt by a command; what mends it is run whatever happens."""

    def ask(lab: RunningLab) -> str:
        lab.run(node, "sh", "-c", spoil)
        try:
            return question(lab)
        finally:
            lab.run(node, "sh", "-c", mend)

    return ask


def tracked(source: str, target: str, *criteria: str, **question: object) -> Ask:
    """What conntrack of node1 has written down of a probe: who asked whom, and who answers whom."""

    def ask(lab: RunningLab) -> str:
        lab.run("node1", "conntrack", "-F")
        outcome = asked(source, target, **question)(lab)
        told = lab.run("node1", "conntrack", "-L", *criteria).stdout
        ways = {
            " → ".join(found[:2]) + ", " + " → ".join(found[2:]) for found in map(_ends, told.splitlines()) if found
        }
        return " | ".join(sorted(ways)) or f"no entry: {outcome}"

    return ask


def _ends(line: str) -> list[str]:
    """Both directions' addresses: `src=A dst=B … src=B dst=C …`."""
    return re.findall(r"\b(?:src|dst)=(\S+)", line)


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
