"""DNS messages as the embedded name server reads and writes them, held against dnspython's reading of the same."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vethlab.embedded_dns import wire

LABEL = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-", min_size=1, max_size=63)


def query(name: str, record: str = "A", **options: object) -> wire.Query:
    return wire.parse(dns.message.make_query(name, record, **options).to_wire())  # type: ignore[arg-type]


@given(st.lists(LABEL, min_size=1, max_size=3))
def test_a_question_is_read_as_it_was_asked(labels: list[str]) -> None:
    name = ".".join(labels)
    assert query(name).name == name.lower()


@given(st.binary(max_size=80))
def test_no_octets_break_it(octets: bytes) -> None:
    try:
        wire.parse(octets)
    except wire.Malformed:
        return


@pytest.mark.parametrize(
    ("record", "answers"),
    [
        ("A", ["172.18.0.2"]),
        ("A", ["172.18.0.3", "172.18.0.2"]),
        ("AAAA", ["fd00::2"]),
        ("PTR", ["web.front"]),
        ("A", []),
    ],
)
def test_answers_are_those_given(record: str, answers: list[str]) -> None:
    asked = query("Web", record)
    told = dns.message.from_wire(wire.respond(asked, wire.NOERROR, answers))
    items = [item.to_text().rstrip(".") for found in told.answer for item in found]
    assert sorted(items) == sorted(answers)
    assert told.question[0].name.to_text() == "Web."
    assert told.flags & dns.flags.RA


def test_what_does_not_fit_is_cut_and_says_so() -> None:
    asked = query("svc")
    many = [f"172.18.1.{n}" for n in range(100)]
    whole, cut = (wire.respond(asked, wire.NOERROR, many, room=room) for room in (None, asked.room))
    assert len(dns.message.from_wire(whole).answer[0]) == 100
    assert len(cut) <= 512
    assert dns.message.from_wire(cut, raise_on_truncation=False).flags & dns.flags.TC


@pytest.mark.parametrize(("payload", "room"), [(None, 512), (100, 512), (1232, 1232), (4096, 4096)])
def test_room_is_what_edns_says(payload: int | None, room: int) -> None:
    options = {} if payload is None else {"use_edns": 0, "payload": payload}
    assert query("web", **options).room == room


@pytest.mark.parametrize("record", ["NOERROR", "SERVFAIL", "REFUSED", "NXDOMAIN"])
def test_response_codes(record: str) -> None:
    answer = dns.message.make_response(dns.message.make_query("web", "A"))
    answer.set_rcode(dns.rcode.from_text(record))
    assert wire.rcode(answer.to_wire()) == dns.rcode.from_text(record)
