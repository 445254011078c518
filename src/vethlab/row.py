"""A row of the matrix: one question put to the network, what should come of it, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from . import outcome as outcomes
from .outcome import Outcome

__all__ = ["Authority", "Hop", "Observation", "Probe", "Row", "Sighting", "Step"]

Kind = Literal["tcp", "udp", "icmp", "http", "dns", "mtu"]
#: Who expects it: the author of the topology, or the prediction from the model alone.
Authority = Literal["author", "prediction"]


@dataclass(frozen=True, slots=True)
class Probe:
    """A question, with every name worked out but the DNS name asked for.

    `address` is where packets go (for dns, the server asked; None asks whatever the source's resolv.conf names).
    `port` is a port number (tcp, udp, http, dns); `name` and `record` are a DNS question; `path` an HTTP path.
    """

    kind: Kind
    address: str | None = None
    port: int | None = None
    name: str | None = None
    record: Literal["A", "AAAA"] = "A"
    path: str = "/"

    def __str__(self) -> str:
        where = f"[{self.address}]" if self.address and ":" in self.address else self.address or "resolver"
        if self.kind == "dns":
            return f"dns {self.name} {self.record} @{where}"
        return f"{self.kind} {where}" + (f":{self.port}" if self.port else "")


@dataclass(frozen=True, slots=True)
class Row:
    """`source` and `target` are names of nodes or sandboxes; `expected` is what `authority` says must be observed."""

    source: str
    target: str
    probe: Probe
    expected: Outcome
    authority: Authority = "prediction"

    def to_json(self) -> dict[str, Any]:
        """As in the reports: the probe as one string and as its parts, the expected outcome as its parts."""
        return {
            "source": self.source,
            "target": self.target,
            "probe": str(self.probe),
            "question": {k: v for k, v in asdict(self.probe).items() if v is not None},
            "expected": outcomes.to_json(self.expected),
            "authority": self.authority,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Row:
        """The inverse of `to_json`."""
        return cls(
            document["source"],
            document["target"],
            Probe(**document["question"]),
            outcomes.from_json(document["expected"]),
            document["authority"],
        )


@dataclass(frozen=True, slots=True)
class Hop:
    """One place on a packet's way: an interface, in the namespace of a node, a sandbox, or `switch:NAME`.

    `direction` is `out` from the source to the target, and `back` for the answer.
    """

    node: str
    interface: str
    direction: Literal["out", "back"] = "out"

    @property
    def is_port(self) -> bool:
        """Whether frames for others pass there: a port of a switch or a bridge (world.Sandbox.veth, Weave's VXLAN)."""
        return self.node.startswith("switch:") or self.interface.startswith(("veth", "vxlan-"))

    def __str__(self) -> str:
        return f"{self.node}:{self.interface}" + (" (answer)" if self.direction == "back" else "")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hop, and whether the packet was seen there. `seen` None: nobody could look.

    Where the place has no such interface, it is not `there`, and nothing was seen at it.
    """

    hop: Hop
    seen: bool | None
    there: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A place where the packet was, whether it should have been or not; `leaving`: it went out by the interface."""

    hop: Hop
    leaving: bool


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of a row. `hop` is the first place that should have seen the packet and did not, where known.

    `trace` is the path that it should have taken, `way` what it and its answer did take, as far as somebody looked.
    """

    row: Row
    observed: Outcome
    seconds: float = 0.0
    hop: str | None = None
    trace: tuple[Sighting, ...] = ()
    way: tuple[Step, ...] = ()

    @property
    def met(self) -> bool:
        """Whether what was observed has all that was expected; not measured meets nothing."""
        return outcomes.meets(self.row.expected, self.observed)

    def to_json(self) -> dict[str, Any]:
        """The row, and `observed`, `met`, `seconds`; `hop`, `trace` and `way` where it failed."""
        document = self.row.to_json() | {
            "observed": outcomes.to_json(self.observed),
            "met": self.met,
            "seconds": round(self.seconds, 6),
        }
        if not self.met:
            document["hop"] = self.hop
            document["trace"] = [asdict(s.hop) | {"seen": s.seen, "there": s.there} for s in self.trace]
            document["way"] = [asdict(s.hop) | {"leaving": s.leaving} for s in self.way]
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Observation:
        """The inverse of `to_json`."""
        return cls(
            Row.from_json(document),
            outcomes.from_json(document["observed"]),
            document["seconds"],
            document.get("hop"),
            tuple(Sighting(_hop(s), s["seen"], s.get("there", True)) for s in document.get("trace", ())),
            tuple(Step(_hop(s), s["leaving"]) for s in document.get("way", ())),
        )


def _hop(document: dict[str, Any]) -> Hop:
    return Hop(document["node"], document["interface"], document["direction"])
