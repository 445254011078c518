"""Seeing: ask the rows, and for those that failed send the packet again and see how far it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from .outcome import NotMeasured, Timeout, Unreachable
from .predict import predict
from .probe import first_unseen, observe, trace
from .row import Hop, Observation, Row
from .world import World

__all__ = ["explain", "locate"]

#: Failures traced in one check. Each costs a probe of its own; failures of one cause share their hop.
TRACED = 24


def explain(world: World, rows: Sequence[Row], pids: Mapping[str, int]) -> list[Observation]:
    """An observation for every row, in their order; up to TRACED of the failed ones with the hop where it failed."""
    observations = observe(rows, pids)
    failed = [i for i, o in enumerate(observations) if not o.met and not isinstance(o.observed, NotMeasured)]
    paths = [_path(world, observations[i].row) for i in failed[:TRACED]]
    # They mostly wait, and each knows its own packets. setns(2) moves one thread, not the process, so that
    # several can look from as many places.
    with ThreadPoolExecutor(TRACED) as pool:
        located = pool.map(lambda i, path: _follow(observations[i], path, pids), failed[:TRACED], paths)
        for index, observation in zip(failed, located, strict=False):
            observations[index] = observation
    return observations


def locate(world: World, observation: Observation, pids: Mapping[str, int]) -> Observation:
    """The same observation with its trace along the path the packet should have taken."""
    return _follow(observation, _path(world, observation.row), pids)


def _path(world: World, row: Row) -> tuple[Hop, ...]:
    return predict(world, row.source, row.probe).path


def _follow(observation: Observation, path: Sequence[Hop], pids: Mapping[str, int]) -> Observation:
    if not path:
        return observation
    sightings = trace(observation.row, path, pids)
    hop = first_unseen(sightings)
    if hop is None and not isinstance(observation.observed, Timeout | Unreachable):
        return replace(observation, trace=sightings)
    return replace(observation, trace=sightings, hop=str(hop) if hop else None)
