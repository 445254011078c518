"""A break/fix lab as its author wrote it down: labs/NAME/lab.yml."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .base import Declared, Name

__all__ = ["CHECK_PROBES", "TRACKS", "Cause", "Check", "Exercise", "Group", "Injection", "LabFile", "Track"]

Track = Literal["linux", "docker", "pods", "dns", "mtu"]
TRACKS: tuple[Track, ...] = ("linux", "docker", "pods", "dns", "mtu")

#: What a check is about: what was asked to be restored, what must not change, and whether it lasts.
Group = Literal["service", "invariant", "persistence"]
#: What may be asked; a check has exactly one of them.
CHECK_PROBES = ("tcp", "udp", "http", "icmp", "dns", "stray")

#: A number, or text in which the seed's variables stand.
_Number = int | str
_Values = tuple[str | int, ...]


def _values(value: Any) -> Any:
    """`8000..8999` is every number of the range; a value alone is a list of one."""
    if isinstance(value, str) and ".." in value:
        low, _, high = value.partition("..")
        if not (low.isdigit() and high.isdigit() and int(low) < int(high)):
            raise ValueError(f"a range such as 8000..8999 was expected, not {value!r}")
        return tuple(range(int(low), int(high) + 1))
    return value if isinstance(value, list | tuple) else (value,)


class Injection(Declared):
    """Something done to the lab from outside: a `fault` of vethlab.faults `with` its arguments, or lines `on` a place.

    The lines to `do` are for sh(1), those of `docker` follow that command's name; `there` are lines for sh(1) that
    succeed there while the artifact is there, and fail without it.
    """

    fault: str | None = None
    with_: dict[str, str | int] = Field(default_factory=dict, alias="with")
    on: str | None = None
    do: str | None = None
    docker: str | None = None
    there: str | None = None


class Check(Declared):
    """One user's journey, and what must come of it. Docs: docs/writing-labs.md."""

    id: Name
    group: Group = "service"
    weight: int = Field(default=1, ge=1, le=100)
    says: str
    from_: str = Field(alias="from")
    to: str | None = None
    tcp: _Number | None = None
    udp: _Number | None = None
    http: _Number | None = None
    icmp: bool | None = None
    dns: str | None = None
    stray: _Number | None = None
    expect: Literal["reached", "denied"] = "reached"
    beside: str | None = None
    identity: str | None = None
    source: str | None = None
    answers: tuple[str, ...] = ()
    flows: int = Field(default=1, ge=1, le=500)
    at_once: bool = False
    bytes: int = Field(default=0, ge=0, le=10_000_000)
    local_port: _Number | None = None
    idle: float = Field(default=0, ge=0, le=30)
    within: float | None = Field(default=None, gt=0, le=10)
    lost: float = Field(default=0, ge=0, lt=1)
    any_family: bool = False
    unpinned: bool = False
    recreate: str | None = None
    new_on: str | None = None
    converge: bool = False

    @property
    def probe(self) -> str | None:
        """The key that says what is asked; None when there is not exactly one."""
        given = [key for key in CHECK_PROBES if getattr(self, key) not in (None, False)]
        return given[0] if len(given) == 1 else None


class Cause(Declared):
    """The true root cause in closed terms (vethlab.causes), and where it is."""

    component: str
    mechanism: str
    place: str | None = None


class Exercise(Declared):
    """One lab. `seed` maps a variable to what it may be; everything else may name it as `{{ variable }}`."""

    title: str
    track: Track
    skills: tuple[str, ...] = Field(min_length=1)
    difficulty: int = Field(ge=1, le=5)
    minutes: int = Field(ge=1, le=180)
    topology: str
    questions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    seed: dict[str, Annotated[_Values, BeforeValidator(_values)]] = Field(default_factory=dict)
    setup: tuple[Injection, ...] = ()
    decoys: tuple[Injection, ...] = ()
    faults: tuple[Injection, ...] = ()
    brief: str
    invariants: tuple[str, ...] = Field(min_length=1)
    checks: tuple[Check, ...] = Field(min_length=1)
    breaks: tuple[str, ...] = ()
    hints: dict[str, tuple[str, str, str, str]] = Field(default_factory=dict)
    cause: Cause
    also: tuple[Cause, ...] = ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """All that is broken: of a composed lab more than one."""
        return (self.cause, *self.also)

    @property
    def healthy(self) -> bool:
        """A control: nothing is broken, and saying so is the answer."""
        return not self.faults


class LabFile(Declared):
    """What the file is read as, so that a path in it says whose key is meant."""

    lab: Exercise
