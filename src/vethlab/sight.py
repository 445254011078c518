"""Seeing: ask the rows, and for those that failed send the packet again and see how far it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .outcome import NotMeasured, Timeout, Unreachable
from .predict import predict
from .probe import first_unseen, observe, trace
from .row import Observation, Row
from .world import World

__all__ = ["explain", "locate"]

#: Failures traced in one check. Each costs a probe of its own; failures of one cause share their hop.
TRACED = 24


def explain(world: World, rows: Sequence[Row], pids: Mapping[str, int]) -> list[Observation]:
    """An observation for every row, in their order; up to TRACED of the failed ones with the hop where it failed."""
    observations = observe(rows, pids)
    failed = [i for i, o in enumerate(observations) if not o.met and not isinstance(o.observed, NotMeasured)]
    for index in failed[:TRACED]:
        observations[index] = locate(world, observations[index], pids)
    return observations


def locate(world: World, observation: Observation, pids: Mapping[str, int]) -> Observation:
    """The same observation with its trace along the path the packet should have taken."""
    row = observation.row
    path = predict(world, row.source, row.probe).path
    if not path:
        return observation
    sightings = trace(row, path, pids)
    hop = first_unseen(sightings)
    if hop is None and not isinstance(observation.observed, Timeout | Unreachable):
        return replace(observation, trace=sightings)
    return replace(observation, trace=sightings, hop=str(hop) if hop else None)
