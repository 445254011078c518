"""Names: who is asked, what is known there, and what is passed on."""

from __future__ import annotations

from typing import Literal

import pytest
from sample_worlds import ALONE, DUAL, TWO_HOSTS, world

from vethlab.outcome import Answered, Refused
from vethlab.predict import predict
from vethlab.row import Probe

LAB = world(TWO_HOSTS)
OWN = "192.168.1.101"


@pytest.mark.parametrize(
    ("name", "rcode", "records"),
    [
        ("www.example.com", "NOERROR", ("203.0.113.80",)),
        ("example.com", "NOERROR", ("203.0.113.80",)),
        ("WWW.Example.COM.", "NOERROR", ("203.0.113.80",)),
        ("down.example.com", "NOERROR", ()),
        ("nothing.example.com", "NXDOMAIN", ()),
        ("elsewhere.test", "REFUSED", ()),
        ("node2.lab.internal", "NOERROR", ("192.168.1.102",)),
        ("pod3.lab.internal", "NOERROR", ("10.244.2.2",)),
        ("site1.lab.internal", "NOERROR", ("172.17.0.2",)),
        ("site2.lab.internal", "NXDOMAIN", ()),
        ("nobody.lab.internal", "NXDOMAIN", ()),
    ],
)
@pytest.mark.parametrize("source", ["node1", "pod1", "tool1"])
def test_a_host_answers_itself_or_asks_on(source: str, name: str, rcode: str, records: tuple[str, ...]) -> None:
    assert predict(LAB, source, Probe("dns", name=name)).outcome == Answered(rcode, records, OWN)


@pytest.mark.parametrize("name", ["lab.internal", "router.lab.internal"])
def test_what_is_not_settled_is_not_predicted(name: str) -> None:
    assert predict(LAB, "pod1", Probe("dns", name=name)).outcome is None


def test_the_outside_asks_the_recursive_server() -> None:
    told = predict(LAB, "web", Probe("dns", name="www.example.com")).outcome
    assert told == Answered("NOERROR", ("203.0.113.80",), "203.0.113.53")


@pytest.mark.parametrize(("record", "records"), [("A", ("10.244.2.2",)), ("AAAA", ("fd00:10:244:2::2",))])
def test_records_of_both_families(record: Literal["A", "AAAA"], records: tuple[str, ...]) -> None:
    told = predict(world(DUAL), "pod1", Probe("dns", name="pod3.lab.internal", record=record)).outcome
    assert told == Answered("NOERROR", records, OWN)


def test_a_name_without_an_address_of_that_family_has_no_records() -> None:
    told = predict(LAB, "pod1", Probe("dns", name="pod3.lab.internal", record="AAAA")).outcome
    assert told == Answered("NOERROR", (), OWN)


def test_a_server_asked_by_address() -> None:
    probe = Probe("dns", "203.0.113.53", 53, "www.example.com")
    assert predict(LAB, "pod1", probe).outcome == Answered("NOERROR", ("203.0.113.80",), "203.0.113.53")


def test_a_machine_without_a_name_server_refuses() -> None:
    assert predict(LAB, "pod1", Probe("dns", "203.0.113.80", 53, "www.example.com")).outcome == Refused()


def test_a_chain_that_is_cut_is_not_guessed_at() -> None:
    """The recursive server is there, but no router leads to it."""
    nodes = {k: v for k, v in TWO_HOSTS["nodes"].items() if k != "router"}
    told = predict(world(TWO_HOSTS, nodes=nodes), "pod1", Probe("dns", name="www.example.com"))
    assert told.outcome is None
    assert "does not reach ns" in told.reason


def test_without_name_service_there_is_nobody_to_ask() -> None:
    assert predict(world(ALONE), "tool1", Probe("dns", name="node1.lab.internal")).outcome is None
