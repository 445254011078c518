"""A journey: what one user does over the network, and what came of it. Data; nothing here opens a socket."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["Arrival", "Journey", "Kind"]

Kind = Literal["tcp", "udp", "http", "icmp", "dns", "stray"]


@dataclass(frozen=True, slots=True)
class Journey:
    """From the place `source`, with its own resolver, to `target` (an address, or a name as its users type it).

    `identity` is what the server must call itself, `seen` the client address it must have seen; None is not judged.
    `answers` are the addresses a name must have (dns). There are `flows` new flows, one after another or `at_once`; of
    them the fraction `lost` may fail. Each may take `within` seconds, sends `bytes` and wants them back unchanged,
    leaves from `local_port`, and falls silent for `idle` seconds before its last exchange. With `any_family` a flow
    tries the name's addresses of both families in turn, all of them `within` the time of one. With `unpinned` the name
    must not stand in the source's /etc/hosts. `denied`: nobody may answer, whatever the answer is.
    """

    id: str
    source: str
    kind: Kind
    target: str
    port: int | None = None
    denied: bool = False
    identity: str | None = None
    seen: str | None = None
    answers: tuple[str, ...] = ()
    flows: int = 1
    at_once: bool = False
    bytes: int = 0
    local_port: int | None = None
    idle: float = 0.0
    within: float | None = None
    lost: float = 0.0
    any_family: bool = False
    unpinned: bool = False

    def to_json(self) -> dict[str, Any]:
        """Every field, by its name."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Journey:
        """The inverse of `to_json`."""
        return cls(**document | {"answers": tuple(document["answers"])})


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of a journey. `passed` None: it could not be measured, and `reason` says why."""

    id: str
    passed: bool | None
    reason: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """`{"id", "passed", "reason", "seconds"}`."""
        return asdict(self)
