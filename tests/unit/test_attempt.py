"""What is written down of an attempt: the clock, the recordings, the transcript, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vethlab.attempt.bundle.document import PROMPT
from vethlab.attempt.bundle.secrets import redact, redact_frames
from vethlab.attempt.bundle.transcript import plain
from vethlab.attempt.cast import CastWriter, frames, typed_lines
from vethlab.attempt.differences import difference
from vethlab.attempt.record import Event, Facts, Record, create, find_record, records
from vethlab.errors import InputError

FACTS = Facts("monday", "ledger-silent", "/labs/ledger-silent", "abc", 7, "interview", "Ada", 30)


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    monkeypatch.setenv("VETHLAB_STATE", str(tmp_path / "state"))
    return create(FACTS)


def write(record: Record, *events: tuple[float, str]) -> None:
    lines = [json.dumps({"at": at, "kind": kind, "data": {}}) for at, kind in events]
    (record.folder / "timeline.jsonl").write_text("".join(line + "\n" for line in lines))


def test_the_clock_stands_still_in_pauses_and_after_the_end(record: Record) -> None:
    write(record, (100, "started"), (110, "paused"), (200, "resumed"), (205, "checked"))
    assert record.elapsed(now=215) == 25
    assert not record.paused
    write(record, (100, "started"), (110, "paused"))
    assert record.elapsed(now=900) == 10
    assert record.paused
    write(record, (100, "started"), (130, "submitted"), (500, "stopped"))
    assert record.elapsed(now=900) == 30
    write(record)
    assert record.elapsed(now=900) == 0


def test_events_are_appended_and_found(record: Record) -> None:
    record.note("hint", check="a", price=5)
    record.note("hint", check="b", price=10)
    assert [e.data["price"] for e in record.events("hint")] == [5, 10]
    last = record.last("hint")
    assert isinstance(last, Event)
    assert last.data["check"] == "b"
    assert record.last("rca") is None
    assert (record.folder / "timeline.jsonl").stat().st_mode & 0o077 == 0


def test_a_second_attempt_moves_the_first_aside(record: Record) -> None:
    record.note("started")
    assert create(FACTS).events() == []
    names = [r.folder.name for r in records()]
    assert len(names) == 2
    assert "monday" in names
    assert find_record("monday").facts == FACTS
    with pytest.raises(InputError, match=r"no attempt 'tuesday' .*monday"):
        find_record("tuesday")


def test_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VETHLAB_STATE", str(tmp_path / "file/below"))
    with pytest.raises(InputError, match="VETHLAB_STATE=DIRECTORY"):
        create(FACTS)


def test_a_recording_survives_split_characters_and_a_cut_line(tmp_path: Path) -> None:
    cast = CastWriter(tmp_path / "a.cast", "title")
    cast("r", b"90x30")
    for part in ("é".encode()[:1], "é".encode()[1:] + b"x"):
        cast("o", part)
    cast("i", b"never recorded")
    cast("r", b"100x30")
    cast.close()
    with (tmp_path / "a.cast").open("a") as file:
        file.write('[1.0, "o", "cut')
    head, shown = frames(tmp_path / "a.cast")
    assert (head["version"], head["width"], head["height"]) == (2, 90, 30)
    assert "".join(text for _, text in shown) == "éx"
    assert "never recorded" not in (tmp_path / "a.cast").read_text()


def test_command_lines_are_read_off_the_screen() -> None:
    shown = [(1.0, "root@node1:/# ip lx"), (2.0, "\b \bink\r\n"), (3.0, "1: lo\r\nroot@node1:/# \r\n")]
    assert typed_lines(shown, PROMPT) == [(2.0, "ip link")]


def test_a_transcript_is_plain() -> None:
    assert plain("\x1b[?2004h\x1b[1;31mred\x1b[0m\r\nabd\bc\x07\x1b]0;title\x07") == "red\nabc"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("export PASSWORD=hunter2 next", "export PASSWORD=••••••• next"),
        ("api_key: 'xy' MY_TOKEN=abc", "api_key: '••' MY_TOKEN=•••"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer •••••••"),
        ("curl ftp://me:secret1@files/", "curl ftp://me:•••••••@files/"),
        ("ip link set eth0 up", "ip link set eth0 up"),
    ],
)
def test_secrets_are_left_out(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_secret_typed_slowly_is_left_out() -> None:
    typed = [(float(n), letter) for n, letter in enumerate("TOKEN=abc\r\n# ls")]
    shown = redact_frames(typed)
    assert [at for at, _ in shown] == [at for at, _ in typed]
    assert "".join(text for _, text in shown) == "TOKEN=•••\r\n# ls"


def test_a_private_key_is_left_out() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----"
    assert "MIIE" not in redact(key)


def test_a_difference_says_where_and_what() -> None:
    before = {"node1": "# links\nveth1 DOWN\n# routes\ndefault via 1", "node2": "# links\nlo UP"}
    after = {"node1": "# links\nveth1 UP\n# routes\ndefault via 1", "node2": "# links\nlo UP"}
    assert difference(before, after) == {"node1": ["# links", "-veth1 DOWN", "+veth1 UP"]}
