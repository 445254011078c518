"""The outcome alphabet: the closed set of what a probe can come to.

    reached        the server answered; it saw `source` and calls itself `identity`
    refused        TCP RST, or ICMP port unreachable
    unreachable    ICMP destination unreachable of another code, or a local "no route" (RFC 792, RFC 4443)
    timeout        nothing came back in time
    answered       a DNS response (RFC 1035)
    http           an HTTP response (RFC 9110)
    path_mtu       the largest IP packet that passes whole; one byte more does not
    not_measured   no probe ran, and that satisfies no expectation

A field that is None in an *expected* outcome is not judged. An *observed* outcome leaves None where nothing was told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

__all__ = [
    "OUTCOMES",
    "Answered",
    "Http",
    "NotMeasured",
    "Outcome",
    "PathMtu",
    "Reached",
    "Refused",
    "Timeout",
    "Unreachable",
    "from_json",
    "meets",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class Reached:
    """`source` is the address the server saw; `identity` the name it gave. ICMP echo tells neither."""

    word: ClassVar[str] = "reached"
    source: str | None = None
    identity: str | None = None

    def __str__(self) -> str:
        return _words("reached", self.identity, self.source and f"saw {self.source}")


@dataclass(frozen=True, slots=True)
class Refused:
    """TCP RST, or ICMP port unreachable."""

    word: ClassVar[str] = "refused"

    def __str__(self) -> str:
        return "refused"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """`reason` is one of network, host, prohibited, no-route (a local ENETUNREACH), or other:TYPE/CODE."""

    word: ClassVar[str] = "unreachable"
    reason: str | None = None

    def __str__(self) -> str:
        return _words("unreachable", self.reason)


@dataclass(frozen=True, slots=True)
class Timeout:
    """Neither an answer nor an error came in time."""

    word: ClassVar[str] = "timeout"

    def __str__(self) -> str:
        return "timeout"


@dataclass(frozen=True, slots=True)
class Answered:
    """`rcode` as NOERROR, NXDOMAIN, …; `records` the sorted addresses; `server` the address that answered."""

    word: ClassVar[str] = "answered"
    rcode: str | None = None
    records: tuple[str, ...] | None = None
    server: str | None = None

    def __str__(self) -> str:
        return _words("answered", self.rcode, ",".join(self.records) if self.records else None)


@dataclass(frozen=True, slots=True)
class Http:
    """`status` of the response; `source` and `identity` from the body of an echo server."""

    word: ClassVar[str] = "http"
    status: int | None = None
    source: str | None = None
    identity: str | None = None

    def __str__(self) -> str:
        return _words("http", str(self.status or ""), self.identity, self.source and f"saw {self.source}")


@dataclass(frozen=True, slots=True)
class PathMtu:
    """`bytes` is the size of the largest IP packet, header included."""

    word: ClassVar[str] = "path_mtu"
    bytes: int | None = None

    def __str__(self) -> str:
        return _words("path_mtu", str(self.bytes or ""))


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """`reason` says why no probe ran."""

    word: ClassVar[str] = "not_measured"
    reason: str = ""

    def __str__(self) -> str:
        return _words("not_measured", f"({self.reason})" if self.reason else None)


OUTCOMES = (Reached, Refused, Unreachable, Timeout, Answered, Http, PathMtu, NotMeasured)
Outcome = Reached | Refused | Unreachable | Timeout | Answered | Http | PathMtu | NotMeasured
_TYPES: dict[str, type[Outcome]] = {t.word: t for t in OUTCOMES}


def meets(expected: Outcome, observed: Outcome) -> bool:
    """True when every field that `expected` gives is what was observed. Not measured meets nothing."""
    if isinstance(observed, NotMeasured) or type(expected) is not type(observed):
        return False
    return all(
        want is None or want == getattr(observed, f.name)
        for f in fields(expected)
        for want in (getattr(expected, f.name),)
    )


def to_json(outcome: Outcome) -> dict[str, Any]:
    """`{"outcome": word, field: value, …}`, without the fields that are None."""
    return {"outcome": outcome.word} | {k: v for k, v in asdict(outcome).items() if v is not None}


def from_json(document: dict[str, Any]) -> Outcome:
    """The inverse of `to_json`. Raises KeyError for a word outside the alphabet."""
    parts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in document.items() if k != "outcome"}
    return _TYPES[document["outcome"]](**parts)


def _words(*parts: str | None) -> str:
    return " ".join(p for p in parts if p)
