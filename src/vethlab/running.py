"""A running lab as a program sees it from outside: ask it, run commands in it, check it. What the pytest fixtures give.

lab.probe("pod1", "pod3", tcp=7) == Reached(source="10.244.1.2")
lab.run("node1", "ip", "route").stdout
lab.check().ok
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from ipaddress import ip_address, ip_interface
from typing import Any

from . import outcome as outcomes
from . import state
from .addressing import lay_out
from .capsule import Registered, kill
from .capturing import RemoteCapture
from .client import call
from .errors import InputError, LabError
from .model import PROBE_KEYS, Topology
from .outcome import Outcome
from .place import environment, find_place, nsenter
from .report import marks, sentence, strayed
from .row import Observation, Probe, Row
from .state import LabState
from .verdict import Verdict, judge
from .world import World

__all__ = ["RunningLab", "Seen"]


@dataclass(frozen=True)
class Seen:
    """What one probe came to. Compares equal to every outcome it meets; fields left None there are not judged.

    What was not measured is neither equal nor unequal to any outcome: it satisfies `!=` as little as `==`.
    """

    lab: RunningLab
    source: str
    target: str
    probe: Probe
    outcome: Outcome
    seconds: float

    def __eq__(self, expected: object) -> bool:
        return isinstance(expected, outcomes.OUTCOMES) and outcomes.meets(expected, self.outcome)

    def __ne__(self, expected: object) -> bool:
        unmeasured = isinstance(self.outcome, outcomes.NotMeasured) and isinstance(expected, outcomes.OUTCOMES)
        return not unmeasured and not self == expected

    def __hash__(self) -> int:
        return hash((self.source, self.target, self.probe))

    def __str__(self) -> str:
        return str(self.outcome)

    def explain_unlike(self, unwanted: Outcome) -> list[str]:
        """Lines for a person, where `unwanted` is what was not to come."""
        row = f"{self.source} → {self.target}  {self.probe}"
        return [row, f"  expected  anything measured but {unwanted}", f"  observed  {self}"]

    def explain(self, expected: Outcome) -> list[str]:
        """Lines for a person: the row, expected and observed, and how far a second packet came."""
        row = Row(self.source, self.target, self.probe, expected, "author")
        traced = self.lab.trace(row, self.outcome)
        lines = [f"{self.source} → {self.target}  {self.probe}", f"  expected  {expected}", f"  observed  {self}"]
        # pytest shows 8 lines or 640 characters of an explanation: where it died comes first, then the whole way
        if not traced.trace:
            return lines
        said = [f"  {each}" for each in (sentence(traced), strayed(traced)) if each]
        return [*lines, *said, f"  packet    {marks(traced.trace)}"]


class RunningLab:
    """One running lab. Every method raises LabError when it has died."""

    def __init__(self, registered: Registered, topology: Topology) -> None:
        self.registered, self.topology = registered, topology
        self.name = registered.name
        #: What `capture` has seen, for whoever tells of a failure.
        self.captures: list[RemoteCapture] = []

    @cached_property
    def world(self) -> World:
        """As it was planned; pods that CNI plugins made, as they are."""
        planned = lay_out(self.topology)
        return planned if planned.cni is None else _as_made(planned, self.state)

    @property
    def state(self) -> LabState:
        """What the lab says of itself now. Raises LabError when it has died."""
        found = state.read(self.registered.root)
        if found is None:
            raise LabError(f"lab {self.name!r} has died")
        return found

    def probe(self, source: str, target: str, **question: Any) -> Seen:
        """Ask one question: `tcp=PORT`, `udp=PORT`, `http=PORT`, `icmp=True`, `dns=NAME` or `mtu=True`.

        `target` is a node, a sandbox or an address; for dns the server, or `resolver` for the source's own.
        `version=6` takes the target's IPv6 address, `record="AAAA"` asks for those, `path` is an HTTP path.
        """
        probe = self._probe(target, **question)
        asked = {k: v for k, v in asdict(probe).items() if v is not None}
        answer = call(self.registered, "/probe", {"source": source, "target": target, "question": asked})
        return Seen(
            self, source, target, Probe(**answer["question"]), outcomes.from_json(answer["observed"]), answer["seconds"]
        )

    def _probe(self, target: str, version: int = 4, record: str = "A", path: str = "/", **question: Any) -> Probe:
        kinds = [k for k in PROBE_KEYS if question.get(k)]
        if len(kinds) != 1 or set(question) - set(PROBE_KEYS):
            raise InputError.of(f"exactly one of {', '.join(PROBE_KEYS)} was expected, not {sorted(question)}")
        kind = kinds[0]
        address = None if (kind, target) == ("dns", "resolver") else self.address(target, version)
        if kind == "dns":
            return Probe("dns", address, name=question["dns"], record="AAAA" if record == "AAAA" else "A")
        port = question[kind] if kind in ("tcp", "udp", "http") else None
        return Probe(kind, address, port, path=path)

    def address(self, name: str, version: int = 4) -> str:
        """The address of that IP version of a node or sandbox; what is not a name is taken as an address."""
        place = self.world.machines.get(name) or self.world.sandboxes.get(name)
        if place is None and name in self.state.places:  # a pod that no file declares
            found = (a for a in self.state.places[name].addresses if ip_address(a).version == version)
            return next(found, name)
        return str(place.address(version)) if place else name

    def trace(self, row: Row, observed: Outcome) -> Observation:
        """Send the packet of a row once more, and see how far it comes."""
        return Observation.from_json(
            call(self.registered, "/trace", {"row": row.to_json(), "observed": outcomes.to_json(observed)})
        )

    def check(self) -> Verdict:
        """Every row of the matrix, judged."""
        answer = call(self.registered, "/check", {})
        observations = [Observation.from_json(o) for o in answer["observations"]]
        return judge([o.row for o in observations], observations)

    def converge(self, *, check: bool = False, diff: bool = False, without: Sequence[str] = ()) -> dict[str, Any]:
        """Run the playbooks again; what changed, by node. The nodes `without` are left alone, and known to nobody."""
        return call(self.registered, "/converge", {"check": check, "diff": diff, "without": list(without)})

    @contextmanager
    def capture(self, place: str, interface: str) -> Iterator[RemoteCapture]:
        """Look at an interface of a node, a sandbox or the `capsule`; iterating gives the packets so far.

        with lab.capture("node1", "eth0") as packets:
            lab.probe("pod1", "pod3", tcp=7)
        assert any(p.vxlan and p.vxlan.vni == 1 for p in packets)
        """
        with RemoteCapture(self.registered, place, interface) as packets:
            self.captures.append(packets)
            yield packets

    def reset(self) -> None:
        """Destroy every machine, whatever has been done to it, and make all of them anew."""
        call(self.registered, "/reset", {})

    def cni(self, node: str, verb: str, pod: str | None = None, **more: Any) -> dict[str, Any]:
        """`add`, `del`, `check`, `gc`, `status` or `version` of the CNI plugins of a node; raises CniError.

        `network` names another than the node's first; `image` is what a new pod runs; `valid` lists the pods gc keeps.
        """
        return call(self.registered, "/cni", {"node": node, "verb": verb, "pod": pod, **more})

    def run(self, place: str, *argv: str, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command in a node or a sandbox, or in the `capsule` itself. With `check`, LabError when it fails."""
        there = find_place(self.registered, place)
        command, seen = [*nsenter(self.registered, there), *argv], environment(there)
        done = subprocess.run(command, env=seen, capture_output=True, text=True, input=stdin, check=False)
        if check and done.returncode:
            raise LabError(f"{place}: {' '.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def docker(self, node: str, *argv: str) -> subprocess.CompletedProcess[str]:
        """The docker command on a host, whichever engine it has; never raises for what docker refuses."""
        if self.state.engine != "dockerd":
            answer = call(self.registered, "/docker", {"node": node, "argv": list(argv)})
            if not answer["place"]:
                return subprocess.CompletedProcess(argv, answer["status"], answer["stdout"], answer["stderr"])
            done = self.run(answer["place"], *answer["argv"], check=False)
            if answer["then"]:
                self.docker(node, *answer["then"], str(done.returncode))
            return done
        return self.run(node, "docker", *argv, check=False)

    def end(self) -> None:
        """Kill the lab and wait for that. One that has ended already is fine."""
        if self.registered.pid:
            kill(self.registered.pid)

    def places(self) -> Iterator[str]:
        """The names of its nodes and sandboxes as they are now, also of those that no file declares."""
        return iter(self.state.places)


def _as_made(world: World, state: LabState) -> World:
    """With the addresses and the names of host ends that plugins have chosen."""
    made = {}
    for name, pod in world.sandboxes.items():
        place = state.places.get(name)
        if place and pod.kind == "pod":
            addresses = tuple(map(ip_interface, place.interfaces.get(pod.interface, ())))
            made[name] = replace(pod, nics=(replace(pod.nics[0], addresses=addresses, veth=place.veth),))
    return replace(world, sandboxes=world.sandboxes | made)
