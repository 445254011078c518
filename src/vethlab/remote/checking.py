"""The suite on real machines: the rows of the matrix that they can answer, each asked where its source is.

Containers and pods are there for as long as the check takes: network namespaces on the machines' own bridges, with
vethlab's echo server in them. What a packet met on its way is not traced.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from ..catalogue import catalogue
from ..dump import dump
from ..errors import HostLost, LabError
from ..matrix import compile_matrix
from ..model import Topology
from ..outcome import NotMeasured
from ..row import Observation, Row
from ..world import Sandbox, World
from .hosts import Host
from .session import Session

__all__ = ["Answer", "check"]

#: Seconds for making what a machine carries, and for measuring; both are bounded, so that a stuck machine is noticed.
_PLACE = 120.0
_OBSERVE = 600.0


@dataclass(slots=True)
class Answer:
    """`lost` says why a machine dropped off, by its name; `left_out` counts rows that were not asked, by reason."""

    topology: Topology
    observations: list[Observation]
    phases: dict[str, float] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """As a lab's own answer to /check, with the hosts beside it."""
        return {
            "topology": dump(self.topology),
            "observations": [o.to_json() for o in self.observations],
            "phases": self.phases,
            "hosts": {"lost": self.lost, "left_out": dict(self.left_out)},
        }


def check(topology: Topology, world: World, hosts: Mapping[str, Host], listen: Callable[[str], None]) -> Answer:
    """Ask every row whose source and target are among `hosts`. `listen` is told of each phase that begins.

    Raises HostLost for a machine that cannot be reached at the beginning. One that drops off later costs its own rows,
    which are then not measured.
    """
    answer = Answer(topology, [])
    rows = list(_askable(topology, world, hosts, answer.left_out))
    sessions = {name: Session(host) for name, host in hosts.items()}
    try:
        with ThreadPoolExecutor(max(1, len(sessions))) as pool:
            run = _Run(world, sessions, answer, pool)
            for phase, step in (("reach", run.reach), ("place", run.place), ("check", lambda: run.observe(rows))):
                listen(phase)
                started = time.perf_counter()
                step()
                answer.phases[phase] = time.perf_counter() - started
    finally:
        for session in sessions.values():
            session.close()
    return answer


@dataclass(slots=True)
class _Run:
    world: World
    sessions: dict[str, Session]
    answer: Answer
    pool: ThreadPoolExecutor

    def reach(self) -> None:
        """All of them, or none: a check that begins without a machine would only say so a hundred times."""
        lost = [why for why in self.pool.map(_greet, self.sessions.values()) if why]
        if len(lost) > 1:
            raise LabError("\n".join(str(why) for why in lost))
        if lost:
            raise lost[0]

    def place(self) -> None:
        self._on_all(lambda name: self.sessions[name].ask(_PLACE, do="place", **_carried(self.world, name)))

    def observe(self, rows: Sequence[Row]) -> None:
        """Every machine at once; the observations in the order of the rows."""
        by_host: dict[str, list[Row]] = {name: [] for name in self.sessions}
        for row in rows:
            by_host[_machine(self.world, row.source)].append(row)
        found = {o.row: o for observed in self._on_all(lambda name: self._ask(name, by_host[name])) for o in observed}
        self.answer.observations = [found.get(row) or Observation(row, self._unmeasured(row)) for row in rows]

    def _ask(self, name: str, rows: Sequence[Row]) -> list[Observation]:
        told = self.sessions[name].ask(_OBSERVE, do="observe", rows=[row.to_json() for row in rows])
        return [Observation.from_json(document) for document in told["observations"]]

    def _on_all(self, work: Callable[[str], Any]) -> list[Any]:
        """What `work` came to on each machine that is still there; those that drop off are noted."""

        def one(name: str) -> Any:
            try:
                return work(name)
            except HostLost as error:
                self.answer.lost[name] = error.why
                return None

        return [r for r in self.pool.map(one, [n for n in self.sessions if n not in self.answer.lost]) if r is not None]

    def _unmeasured(self, row: Row) -> NotMeasured:
        machine = _machine(self.world, row.source)
        return NotMeasured(f"{machine} dropped off: {self.answer.lost.get(machine, 'it told nothing of this row')}")


def _greet(session: Session) -> HostLost | None:
    try:
        session.greet()
    except HostLost as error:
        return error
    return None


def _machine(world: World, name: str) -> str:
    sandbox = world.sandboxes.get(name)
    return sandbox.node if sandbox else name


def _askable(topology: Topology, world: World, hosts: Mapping[str, Host], left_out: Counter[str]) -> Iterable[Row]:
    for row in compile_matrix(topology, world).rows:
        why = _lacking(world, hosts, row)
        if why:
            left_out[why] += 1
        else:
            yield row


def _lacking(world: World, hosts: Mapping[str, Host], row: Row) -> str:
    """Why a row cannot be asked: somebody whose part in it we cannot play is not there."""
    for name in (row.source, row.target):
        if _machine(world, name) not in hosts:
            return f"{_machine(world, name)} is not in the inventory"
        sandbox = world.sandboxes.get(name)
        if sandbox and not _portable(sandbox):
            return "containers on other networks than docker0 are made in labs alone"
    target = world.sandboxes.get(row.target)
    if target and catalogue()[target.image].program:
        return f"the image {target.image} runs in labs alone"
    if row.probe.kind == "dns" and world.dns and not (row.probe.name or "").endswith(f".{world.dns.domain}"):
        absent = {world.dns.authoritative, world.dns.recursive} - {None} - set(hosts)
        return f"the name server {' and '.join(sorted(map(str, absent)))} is not in the inventory" if absent else ""
    return ""


def _portable(sandbox: Sandbox) -> bool:
    """Whether it can be made on a real machine: one interface on what playbooks made, and the machine's own names."""
    own = sandbox.mode == "own" and len(sandbox.nics) == 1 and not sandbox.embedded_dns
    return own and sandbox.wiring in ("bridge", "routed")


def _carried(world: World, name: str) -> dict[str, Any]:
    """What the machine carries while it is checked: its sandboxes, without what playbooks do, and who serves."""
    images = catalogue()
    here = [s for s in world.on(name) if _portable(s)]
    ports = {s.name: images[s.image].ports for s in here if images[s.image].workload == "echo"}
    for image in (images[run] for run in world.machines[name].runs if images[run].workload == "echo"):
        ports[name] = image.ports
    return {"node": name, "sandboxes": [replace(s, publish=(), wanted=()) for s in here], "ports": ports}
