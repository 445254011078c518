"""Seeing: ask the rows, and for those that failed send the packet again and see which way it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .outcome import NotMeasured
from .predict import predict
from .probe import Trail, first_unseen, observe, trace
from .row import Hop, Observation, Row
from .world import World

__all__ = ["explain", "locate"]

#: Failures traced in one check, all at once. Each is a probe of its own; failures of one cause share their hop.
TRACED = 24


def explain(world: World, rows: Sequence[Row], pids: Mapping[str, int]) -> list[Observation]:
    """An observation for every row, in their order; up to TRACED of the failed ones with the hop where it failed."""
    observations = observe(rows, pids)
    failed = [i for i, o in enumerate(observations) if not o.met and not isinstance(o.observed, NotMeasured)][:TRACED]
    if failed:
        located = _follow(world, [observations[i] for i in failed], pids)
        for index, observation in zip(failed, located, strict=True):
            observations[index] = observation
    return observations


def locate(world: World, observation: Observation, pids: Mapping[str, int]) -> Observation:
    """The same observation with its trace along the path the packet should have taken, and the way it did take."""
    (located,) = _follow(world, [observation], pids)
    return located


def _follow(world: World, observations: Sequence[Observation], pids: Mapping[str, int]) -> list[Observation]:
    trails = trace([(o.row, _path(world, o.row)) for o in observations], pids)
    return [_told(o, trail) for o, trail in zip(observations, trails, strict=True)]


def _path(world: World, row: Row) -> tuple[Hop, ...]:
    return predict(world, row.source, row.probe).path


def _told(observation: Observation, trail: Trail) -> Observation:
    hop = first_unseen(trail.trace)
    return replace(observation, trace=trail.trace, way=trail.way, hop=str(hop) if hop else None)
