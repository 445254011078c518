"""Where packets went, and where they died: failed questions once more, with somebody looking everywhere at once.

Several are asked side by side, and share those who look: a packet is told by its mark (`marked`), not by who looks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..namespace import inside
from ..row import Hop, Row, Sighting, Step
from .dns import with_server
from .marked import ASKS, Marked, mark
from .packet import Packet
from .watch import Watch

__all__ = ["Trail", "first_unseen", "trace"]

#: How many places are looked at, if nobody needs more: those of the paths and the ends, and of the others the first.
_WATCHED = 64
#: The place of all switches.
_SELF = "self"


class Trail(NamedTuple):
    """What became of one question: its path with who saw it, and the way that it and its answer took."""

    trace: tuple[Sighting, ...]
    way: tuple[Step, ...]


@dataclass(slots=True)
class _Followed:
    """A question, and where it has been seen: each step with its first time, in nanoseconds since the epoch.

    `strays` are steps of frames for others, which are of no account unless the place passes them on.
    """

    row: Row
    path: Sequence[Hop]
    question: Marked | None = None
    times: dict[Step, int] = field(default_factory=dict)
    strays: dict[Step, int] = field(default_factory=dict)
    answered: bool = False


def trace(asked: Sequence[tuple[Row, Sequence[Hop]]], pids: Mapping[str, int], *, timeout: float = 1.0) -> list[Trail]:
    """For each row, with the path it should take, what was seen of its packets, at the path's hops and elsewhere.

    `pids` holds a process for each node and sandbox; a hop `switch:NAME` is looked at in the namespace of `self`, or
    in our own where there is none. Waits at most `timeout` seconds for the answers. Of a row whose source is gone
    nothing is known.
    """
    followed = [_Followed(row, path) for row, path in asked]
    with ExitStack() as stack:
        watch = stack.enter_context(Watch(_places(asked, pids), {_SELF: None, **pids}))
        for each in followed:
            each.question = _prepare(each.row, pids)
            if each.question:
                stack.callback(each.question.close)
        _ask_until_answered([each for each in followed if each.question], watch, timeout)
        return [_trail(each, watch) for each in followed]


def first_unseen(sightings: Sequence[Sighting]) -> Hop | None:
    """The first hop that should have seen the packet and did not; None where every one did."""
    return next((s.hop for s in sightings if s.seen is False), None)


def _places(asked: Sequence[tuple[Row, Sequence[Hop]]], pids: Mapping[str, int]) -> list[str]:
    """Those whose names the hops have come first, as others may be in the same namespace."""
    named = [_place(hop) for _, path in asked for hop in path]
    ends = {end for row, _ in asked for end in (row.source, row.target)}
    needed = dict.fromkeys([n for n in named if n == _SELF or n in pids] + [p for p in pids if p in ends])
    others = [p for p in pids if p not in needed]
    return [*needed, *others[: max(0, _WATCHED - len(needed))]]


def _place(hop: Hop) -> str:
    return _SELF if hop.node.startswith("switch:") else hop.node


def _prepare(row: Row, pids: Mapping[str, int]) -> Marked | None:
    if row.source not in pids:
        return None
    try:
        row = with_server(row, pids[row.source])
        with inside(pids[row.source]):
            return mark(row)
    except OSError:
        return None


def _ask_until_answered(followed: Sequence[_Followed], watch: Watch, timeout: float) -> None:
    """Several times at most, so that one lost packet does not lead astray."""
    deadline = time.monotonic() + timeout
    for turn in range(1, ASKS + 1):
        for each in (e for e in followed if not e.answered):
            assert each.question
            each.question.ask()
        until = deadline - timeout * (ASKS - turn) / ASKS
        while not all(e.answered for e in followed) and (left := until - time.monotonic()) > 0:
            _note(watch.wait(left), followed, watch)
    _note(watch.wait(0), followed, watch)


def _note(packets: Iterator[tuple[str, Packet]], followed: Sequence[_Followed], watch: Watch) -> None:
    for place, packet in packets:
        for each in followed:
            assert each.question
            direction = each.question.match(packet)
            if direction:
                _see(each, Step(_hop(each, place, packet, direction), packet.outgoing), packet)
                each.answered = each.answered or _is_home(each, place, packet, direction, watch)


def _see(each: _Followed, step: Step, packet: Packet) -> None:
    """A bridge that does not know where to send a frame sends it out by all its ports: only the path's are told."""
    if step.hop.is_port and step.hop not in each.path:
        return
    times = each.strays if packet.stray and not step.hop.is_port else each.times
    times[step] = min(packet.nanoseconds, times.get(step, packet.nanoseconds))


def _is_home(each: _Followed, place: str, packet: Packet, direction: str, watch: Watch) -> bool:
    came_in = direction == "back" and not packet.outgoing and not packet.stray
    return came_in and place == watch.name(each.row.source)


def _hop(each: _Followed, place: str, packet: Packet, direction: Literal["out", "back"]) -> Hop:
    """Which switch it was, its path knows."""
    switches = (h.node for h in each.path if _place(h) == _SELF and h.interface == packet.interface)
    return Hop(next(switches, "switch:") if place == _SELF else place, packet.interface, direction)


def _trail(each: _Followed, watch: Watch) -> Trail:
    """The question's steps come first, then the answer's, each by the time it was first taken."""
    if each.question is None:
        return Trail(tuple(Sighting(hop, None) for hop in each.path), ())
    times = each.times | dict(_passed_on(each))
    way = sorted(times, key=lambda step: (step.hop.direction == "back", times[step], not step.leaving))
    passed = {step.hop for step in way}
    return Trail(tuple(_sighting(hop, passed, watch) for hop in each.path), tuple(way))


def _passed_on(each: _Followed) -> Iterator[tuple[Step, int]]:
    """Strays at hops of the path that went on in their place: the interface is in a bridge, with a MAC of its own."""
    for step, when in each.strays.items():
        hop = step.hop
        later = (s.hop for s, time in each.times.items() if time >= when)
        if hop in each.path and any((h.node, h.direction) == (hop.node, hop.direction) for h in later):
            yield step, when


def _sighting(hop: Hop, passed: set[Hop], watch: Watch) -> Sighting:
    """A bridge's port that is not there proves nothing.

    Who makes it may give it a name of its own, or hide it, and without it the sandbox has no interface.
    """
    place = watch.name(_place(hop))
    if place is None:
        return Sighting(hop, None)
    if watch.lacks(place, hop.interface):
        return Sighting(hop, None) if hop.is_port else Sighting(hop, False, there=False)
    node = hop.node if place == _SELF else place
    return Sighting(hop, Hop(node, hop.interface, hop.direction) in passed)
