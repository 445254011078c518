"""What a running lab can be asked; each answer is a JSON document. The daemon only carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from . import emulated, script, state
from .cnitool import CniTool
from .dump import dump
from .errors import InputError
from .journey import Journey
from .lab import Lab
from .matrix import rows
from .outcome import NotMeasured, from_json, to_json
from .row import Observation, Probe, Row
from .sight import locate
from .traveller import travel

__all__ = ["Service"]


class Service:
    """One method for each thing `vethlab` asks of a running lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def inspect(self) -> dict[str, Any]:
        """The lab's state as `inspect --json` shows it."""
        found = state.read(state.FILE.parent.parent.parent)
        return asdict(found) if found else {}

    def check(self) -> dict[str, Any]:
        """`{"topology": YAML, "observations": [...], "phases": {...}}` for every row of the matrix."""
        observations = self.lab.check(rows(self.lab.topology, self.lab.world))
        return {
            "topology": dump(self.lab.topology),
            "observations": [o.to_json() for o in observations],
            "phases": self.lab.phases,
        }

    def probe(self, source: str, target: str, question: dict[str, Any]) -> dict[str, Any]:
        """One question, not judged: `{"question", "observed": outcome, "seconds": s}`, the question as it was asked."""
        if source not in self.lab.pids:
            raise InputError.of(f"no node or sandbox is named {source!r}: {', '.join(self.lab.pids)}")
        question = question | self._nearest(source, target, question.get("address"))
        row = Row(source, target, Probe(**question), NotMeasured("nothing is expected"))
        (observation,) = self.lab.check((row,))
        return {"question": question, "observed": to_json(observation.observed), "seconds": observation.seconds}

    def _nearest(self, source: str, target: str, address: str | None) -> dict[str, str]:
        """A container with several addresses is asked at the one on a network that the two share."""
        sandbox = self.lab.world.sandboxes.get(target)
        own = next((a for a in sandbox.addresses if str(a.ip) == address), None) if sandbox else None
        if own is None:
            return {}
        return {"address": str(self.lab.world.towards(source, target, own.version))}

    def trace(self, row: dict[str, Any], observed: dict[str, Any]) -> dict[str, Any]:
        """An observation with the hops a second packet was seen at."""
        observation = Observation(Row.from_json(row), from_json(observed))
        return locate(self.lab.world, observation, self.lab.pids).to_json()

    def reset(self) -> dict[str, Any]:
        """Everything is destroyed and made anew: `{"phases": {phase: seconds}}`."""
        self.lab.reset()
        return {"phases": self.lab.phases}

    def cni(
        self,
        node: str,
        verb: str,
        pod: str | None = None,
        network: str | None = None,
        image: str = "echo",
        valid: list[str] | None = None,
    ) -> dict[str, Any]:
        """One verb of the CNI plugins of a node (see `cnitool`)."""
        return CniTool(self.lab, node, network).do(verb, pod, image, valid)

    def docker(self, node: str, argv: list[str]) -> dict[str, Any]:
        """A docker command on a host of the emulated engine: the fields of an `emulated.Answer`."""
        return asdict(emulated.docker(self.lab, node, argv))

    def journeys(self, journeys: list[dict[str, Any]]) -> dict[str, Any]:
        """What comes of users' journeys, all side by side: `{"arrivals": [...]}`."""
        found = travel(map(Journey.from_json, journeys), self.lab.pids, self.lab.key)
        return {"arrivals": [arrival.to_json() for arrival in found]}

    def script(self, place: str, lines: str, environment: dict[str, str]) -> dict[str, Any]:
        """Lines for sh(1) in a place, or in the `capsule`: `{"status", "output"}`."""
        if place != "capsule" and place not in self.lab.pids:
            raise InputError.of(f"no node or sandbox is named {place!r}: {', '.join(self.lab.pids)}")
        if place == "capsule":
            lines = script.ON + lines
            environment = {script.variable(name): str(pid) for name, pid in self.lab.pids.items()} | environment
        status, output = script.run(self.lab.pids.get(place), lines, environment)
        return {"status": status, "output": output}

    def recreate(self, name: str) -> dict[str, Any]:
        """A container or pod is ended and made anew; a node is restarted, with all that is on it."""
        if name in self.lab.world.machines and self.lab.world.engine != "dockerd":
            self.lab.restart(name)
        elif name not in self.lab.world.sandboxes:
            raise InputError.of(f"no container or pod is named {name!r}: {', '.join(self.lab.world.sandboxes)}")
        elif self.lab.world.engine == "dockerd" and self.lab.world.sandboxes[name].kind == "container":
            raise InputError.of(f"{name} is Docker's own: vethlab docker {self.lab.name} NODE -- restart {name}")
        else:
            self.lab.recreate(name)
            if (each := self.lab.world.sandboxes[name]).kind == "container":
                emulated.Host(self.lab, each.node).find_anew()
        return {"recreated": name}

    def converge(self, check: bool = False, diff: bool = False, without: Sequence[str] = ()) -> dict[str, Any]:
        """What the playbooks changed: `{"changed", "seconds", "nodes"}`. `without`: nodes that have left."""
        unknown = [name for name in without if name not in self.lab.world.machines]
        if unknown:
            raise InputError.of(f"no node is named {unknown[0]!r}: {', '.join(self.lab.world.machines)}")
        return self.lab.converge(check=check, diff=diff, without=without).to_json()
