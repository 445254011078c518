"""What is written down of an attempt, outside the lab: who, which lab and seed, and everything that happened, in order.

STATE/NAME/attempt.json     what does not change
STATE/NAME/timeline.jsonl   one event a line, only ever appended
STATE/NAME/NN-PLACE.cast    each terminal, recorded from outside (asciicast v2)

STATE is $VETHLAB_STATE, or vethlab/attempts below $XDG_STATE_HOME, or below ~/.local/state.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ..errors import InputError

__all__ = ["Event", "Facts", "Record", "create", "find_record", "records", "root"]

Mode = Literal["practice", "interview"]


@dataclass(frozen=True, slots=True)
class Facts:
    """`folder` is the lab's, `content` the hash of its files; `minutes` are what the candidate has."""

    name: str
    lab: str
    folder: str
    content: str
    seed: int
    mode: Mode
    candidate: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Event:
    """`at` is seconds since the epoch; `data` depends on the kind."""

    at: float
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Record:
    """An attempt's folder."""

    folder: Path
    facts: Facts

    def note(self, kind: str, **data: Any) -> Event:
        """Append an event. It is on disk when this returns."""
        event = Event(time.time(), kind, data)
        line = json.dumps(asdict(event)) + "\n"
        descriptor = os.open(self.folder / "timeline.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
        return event

    def events(self, kind: str | None = None) -> list[Event]:
        """In order; of one kind, if one is named."""
        try:
            lines = (self.folder / "timeline.jsonl").read_text().splitlines()
        except FileNotFoundError:
            return []
        found = [Event(**json.loads(line)) for line in lines]
        return [e for e in found if kind in (None, e.kind)]

    def last(self, kind: str) -> Event | None:
        """The latest event of a kind, None where there is none."""
        return next(reversed(self.events(kind)), None)

    def next_cast(self, place: str) -> Path:
        """The file for the next terminal, NN-PLACE.cast; NN counts from 01 over all places."""
        return self.folder / f"{len(self.casts()) + 1:02d}-{place.replace('/', '-')}.cast"

    def casts(self) -> list[Path]:
        """The recordings there are, in the order in which the terminals were opened."""
        return sorted(self.folder.glob("*.cast"))

    def elapsed(self, now: float | None = None) -> float:
        """Seconds on the clock: from the brief to the submission, pauses left out."""
        total, running = 0.0, None
        for event in self.events():
            if event.kind in ("started", "resumed") and running is None:
                running = event.at
            elif event.kind in ("paused", "submitted", "stopped") and running is not None:
                total, running = total + event.at - running, None
        return total + ((now or time.time()) - running if running is not None else 0)

    @property
    def paused(self) -> bool:
        """Whether the clock was stopped, and has not been let go on."""
        turns = [e.kind for e in self.events() if e.kind in ("paused", "resumed")]
        return bool(turns) and turns[-1] == "paused"

    def forget(self) -> None:
        """Delete everything that was written down of it."""
        shutil.rmtree(self.folder)


def root() -> Path:
    """Where records are. Raises InputError where there is no place for them."""
    if given := os.environ.get("VETHLAB_STATE"):
        return Path(given)
    if base := os.environ.get("XDG_STATE_HOME"):
        return Path(base) / "vethlab/attempts"
    return Path(os.environ.get("HOME") or "/nonexistent") / ".local/state/vethlab/attempts"


def create(facts: Facts) -> Record:
    """A new record. One of the same name that is there moves aside, with its own date behind its name."""
    folder = root() / facts.name
    try:
        if folder.exists():
            stamp = time.strftime("%Y%m%dT%H%M%S", time.localtime((folder / "attempt.json").stat().st_mtime))
            folder.rename(folder.with_name(f"{facts.name}.{stamp}.{os.getpid()}"))
        folder.mkdir(parents=True, mode=0o700)
        (folder / "attempt.json").write_text(json.dumps(asdict(facts)))
    except OSError as error:
        message = f"cannot write {folder}: {error.strerror}; name another place with VETHLAB_STATE=DIRECTORY"
        raise InputError.of(message) from None
    return Record(folder, facts)


def find_record(name: str) -> Record:
    """The record of the attempt of that name. Raises InputError, naming those there are."""
    for record in records():
        if record.folder.name == name:
            return record
    there = ", ".join(r.folder.name for r in records())
    raise InputError.of(f"there is no attempt {name!r} ({there or 'none; `vethlab lab start LAB` makes one'})")


def records() -> Iterator[Record]:
    """Every attempt that is written down, by name."""
    for file in sorted(root().glob("*/attempt.json")):
        yield Record(file.parent, Facts(**json.loads(file.read_text())))
