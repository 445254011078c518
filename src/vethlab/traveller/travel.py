"""Every journey in a process of its own, which enters the place and never comes back."""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..journey import Arrival, Journey
from ..namespace import enter
from .flow import FLOW_SECONDS, Failed, Unanswered, exchange
from .lookup import addresses

__all__ = ["travel"]

_AT_ONCE = 16
#: Beyond what its flows may take.
_SPARE_SECONDS = 12.0


@dataclass
class _Traveller:
    journey: Journey
    pid: int
    reader: int
    began: float
    said: bytes = b""


def travel(journeys: Iterable[Journey], pids: Mapping[str, int], key: str) -> list[Arrival]:
    """What came of each, in their order. `pids` maps a place to its first process, `key` is what servers prove with."""
    waiting = list(enumerate(journeys))
    arrived: dict[int, Arrival] = {}
    under_way: dict[int, tuple[int, _Traveller]] = {}
    while waiting or under_way:
        while waiting and len(under_way) < _AT_ONCE:
            number, journey = waiting.pop(0)
            traveller = _set_out(journey, pids, key)
            under_way[traveller.reader] = (number, traveller)
        for reader in select.select(list(under_way), [], [], 0.5)[0]:
            number, traveller = under_way[reader]
            if data := os.read(reader, 65536):
                traveller.said += data
            else:
                arrived[number] = _arrive(under_way.pop(reader)[1])
        _end_lost(under_way)
    return [arrival for _, arrival in sorted(arrived.items())]


def _set_out(journey: Journey, pids: Mapping[str, int], key: str) -> _Traveller:
    reader, writer = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _be_the_traveller(writer, lambda: _go(journey, pids, key))
    os.close(writer)
    return _Traveller(journey, pid, reader, time.monotonic())


def _be_the_traveller(writer: int, go: Callable[[], Arrival]) -> None:
    """Never returns."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.write(writer, json.dumps(go().to_json()).encode())
    finally:
        os._exit(0)


def _arrive(traveller: _Traveller) -> Arrival:
    os.close(traveller.reader)
    os.waitpid(traveller.pid, 0)
    seconds = time.monotonic() - traveller.began
    if not traveller.said:
        return Arrival(traveller.journey.id, None, "the journey was not finished", seconds)
    return Arrival(**json.loads(traveller.said) | {"seconds": round(seconds, 4)})


def _end_lost(under_way: Mapping[int, tuple[int, _Traveller]]) -> None:
    for _, traveller in under_way.values():
        if time.monotonic() - traveller.began > _SPARE_SECONDS + traveller.journey.idle:
            os.kill(traveller.pid, signal.SIGKILL)


def _go(journey: Journey, pids: Mapping[str, int], key: str) -> Arrival:
    if journey.source not in pids:
        return Arrival(journey.id, None, f"there is no {journey.source}")
    try:
        enter(pids[journey.source], "net", "uts", "mnt")
        os.chdir("/")
    except OSError as error:
        return Arrival(journey.id, None, f"{journey.source} cannot be entered: {error.strerror}")
    try:
        _travel(journey, key)
    except Unanswered as failure:
        return Arrival(journey.id, journey.denied, str(failure))
    except Failed as failure:  # a wrong answer is an answer, even where there must be none
        return Arrival(journey.id, False, str(failure))
    return Arrival(journey.id, not journey.denied, "it is answered" if journey.denied else "")


def _travel(journey: Journey, key: str) -> None:
    found = addresses(journey)
    if journey.kind == "dns":
        if list(journey.answers) and found != sorted(journey.answers):
            raise Failed(f"{journey.target} is {', '.join(found)}")
        return
    if journey.denied:
        return _denied(journey, found, key)
    if journey.at_once:
        return _at_once(journey, found, key)
    failures = 0
    for number in range(journey.flows):
        try:
            if journey.any_family:
                _in_turn(journey, found, key)
            else:
                exchange(journey, found[number % len(found)], key)
        except Failed as failure:
            failures += 1
            if failures > journey.lost * journey.flows:
                raise Failed(_counted(journey, number, failure)) from None


def _in_turn(journey: Journey, found: list[str], key: str) -> None:
    """The first address that answers, as a program finds it that does not try them side by side (RFC 8305)."""
    seconds, began = journey.within or FLOW_SECONDS, time.monotonic()
    for number, address in enumerate(found, 1):
        try:
            exchange(journey, address, key)
        except Unanswered:
            if number == len(found):
                raise
        else:
            return
        if time.monotonic() - began >= seconds:
            raise Failed(f"it takes longer than {seconds:g} s: {address} comes first, and does not answer")


def _denied(journey: Journey, found: list[str], key: str) -> None:
    """Every flow to every address must go unanswered, which is what is raised then."""
    refusal = Unanswered("nobody was asked")
    for address in found * journey.flows:
        try:
            exchange(journey, address, key)
        except Unanswered as unanswered:
            refusal = unanswered
        else:
            return
    raise refusal


def _counted(journey: Journey, number: int, failure: Failed) -> str:
    return str(failure) if journey.flows == 1 else f"attempt {number + 1} of {journey.flows}: {failure}"


def _at_once(journey: Journey, found: list[str], key: str) -> None:
    """Every flow is open while the others are."""
    failures: list[Failed] = []

    def one(number: int) -> None:
        try:
            exchange(journey, found[number % len(found)], key)
        except Failed as failure:
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(journey.flows)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(failures) > journey.lost * journey.flows:
        raise Failed(f"{len(failures)} of {journey.flows} side by side fail: {failures[0]}")
