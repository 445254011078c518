"""A sentence: what became of a packet, in plain words, from where it should have gone and where it was seen."""

from __future__ import annotations

from collections.abc import Sequence

from ..outcome import NotMeasured, PathMtu, Timeout, Unreachable
from ..row import Hop, Observation, Sighting, Step

__all__ = ["gist", "missed", "place", "sentence", "strayed"]


def sentence(o: Observation) -> str:
    """Where the packet died, or left its path; without a trace, what came instead."""
    if isinstance(o.observed, NotMeasured):
        return f"not measured: {o.observed.reason or 'no reason was given'}"
    at = missed(o)
    if at:
        return _lost(o, at)
    if _ends_nowhere(o):
        return _last_seen(o.way[-1].hop)
    if o.trace:
        return "the packet was seen everywhere on its way: it is what came of it that is wrong"
    if o.hop:
        return f"the packet was never seen at {o.hop}"
    if isinstance(o.row.expected, PathMtu) and isinstance(o.observed, PathMtu):
        return f"the path MTU is {o.observed.bytes} bytes, and {o.row.expected.bytes} were expected"
    return f"{o.row.expected.word} was expected and {o.observed.word} observed"


def missed(o: Observation) -> Sighting | None:
    """The first hop of the path that should have seen the packet and did not."""
    return next((s for s in o.trace if s.seen is False), None)


def gist(o: Observation) -> str:
    """What packets and answers that were lost at one hop have in common. There must be one that was `missed`."""
    at = missed(o)
    assert at
    if not at.there:
        return f"{at.hop.node} has no {at.hop.interface}"
    turn = _wrong_turn(o, at)
    if turn and turn.leaving:
        return f"packets {_left(turn, at.hop)}"
    return f"packets were never seen at {place(at.hop)}"


def strayed(o: Observation) -> str | None:
    """How far a packet came that left its path; None for one that did not, or that came back to it."""
    at = missed(o)
    steps = [s.hop for s in o.way if at and s.hop.direction == at.hop.direction]
    off = bool(steps) and steps[-1] not in {s.hop for s in o.trace}
    return _last_seen(steps[-1]) if off else None


def place(hop: Hop) -> str:
    """`node1:eth0`, whatever the direction."""
    return f"{hop.node}:{hop.interface}"


def _last_seen(hop: Hop) -> str:
    return f"{_what(hop)} was last seen at {place(hop)}"


def _ends_nowhere(o: Observation) -> bool:
    """No path says where the answer should have come, and none came."""
    led_home = bool(o.trace) and o.trace[-1].hop.direction == "back"
    return bool(o.way) and not led_home and isinstance(o.observed, Timeout | Unreachable)


def _lost(o: Observation, at: Sighting) -> str:
    last, turn = _last(o.trace, at), _wrong_turn(o, at)
    if not at.there:
        return gist(o) + _instead(at.hop, turn)
    if turn:
        return _turned(last, turn, at.hop)
    what = _what(at.hop)
    if last is None:
        return f"{what} was never sent: nothing was seen at {place(at.hop)}"
    if last.direction != at.hop.direction:
        return f"the packet came to {place(last)} and no answer was ever seen at {place(at.hop)}"
    return f"{what} left {place(last)} and was never seen at {place(at.hop)}"


def _instead(at: Hop, turn: Step | None) -> str:
    by = turn and turn.leaving and turn.hop.node == at.node
    return f", and {_what(at)} left by {turn.hop.interface}" if turn and by else ""


def _turned(last: Hop | None, turn: Step, at: Hop) -> str:
    if turn.leaving or last is None:
        return f"{_what(at)} {_left(turn, at)}"
    return f"{_what(at)} left {place(last)} and came to {place(turn.hop)}, where {place(at)} was expected"


def _left(turn: Step, at: Hop) -> str:
    expected = at.interface if at.node == turn.hop.node else place(at)
    return f"left {turn.hop.node} by {turn.hop.interface}, where {expected} was expected"


def _what(hop: Hop) -> str:
    return "the answer" if hop.direction == "back" else "the packet"


def _last(trace: Sequence[Sighting], at: Sighting) -> Hop | None:
    """The last hop before that one which did see it."""
    return next((s.hop for s in reversed(trace[: trace.index(at)]) if s.seen), None)


def _wrong_turn(o: Observation, at: Sighting) -> Step | None:
    """The step that it took where the path goes to `at`; None where none was seen."""
    steps = [s for s in o.way if s.hop.direction == at.hop.direction]
    last = _last(o.trace, at)
    if last is None or last.direction != at.hop.direction:
        return next((s for s in steps if s.leaving and s.hop.node == at.hop.node), None)
    known = next((i for i, s in enumerate(steps) if s.hop == last), len(steps))
    return next((s for s in steps[known + 1 :] if _follows(steps[known], s, at.hop)), None)


def _follows(last: Step, step: Step, at: Hop) -> bool:
    """Whether it is the packet's next step, and no copy that a bridge sent elsewhere.

    What came in leaves by an interface of the same place, and a tunnel's packets leave a place twice; what has left
    comes in at another. A bridge that is about to pass a frame to a sandbox may pass it to others, too.
    """
    if step.hop.node != last.hop.node:
        return last.leaving and not step.leaving
    if at.is_port:
        return step.leaving and not last.leaving and step.hop != last.hop
    return step.leaving and (not last.leaving or at.node == last.hop.node)
