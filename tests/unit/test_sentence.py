"""Sentences: what is said of a packet, by the path it should have taken and the way it took."""

from __future__ import annotations

import pytest

from vethlab.outcome import Outcome, Reached, Timeout, Unreachable
from vethlab.report import findings, sentence, strayed
from vethlab.row import Hop, Observation, Probe, Row, Sighting, Step

ROW = Row("pod1", "pod3", Probe("icmp", "10.244.2.2"), Reached())
OUT = "pod1:eth0 n1:veth1 n1:cni0 n1:flannel.1 n1:eth0 n2:eth0 n2:flannel.1 n2:cni0 n2:veth3 pod3:eth0"


def hops(text: str, direction: str = "out") -> list[Hop]:
    return [Hop(*each.split(":"), direction) for each in text.split()]  # type: ignore[misc,arg-type]


def steps(text: str, direction: str = "out") -> tuple[Step, ...]:
    """`n1:eth0>` leaves by it, `n1:eth0<` has come in."""
    return tuple(Step(Hop(*each[:-1].split(":"), direction), each[-1] == ">") for each in text.split())  # type: ignore[misc,arg-type]


def seen(way: str, back: str = "", path: str = OUT, observed: Outcome | None = None) -> Observation:
    taken = (*steps(way), *steps(back, "back"))
    passed = {s.hop for s in taken}
    trace = tuple(Sighting(h, h in passed) for h in (*hops(path), *hops(" ".join(reversed(path.split())), "back")))
    return Observation(ROW, observed or Timeout(), trace=trace, way=taken)


TO_CNI0 = "pod1:eth0> n1:veth1< n1:cni0<"
TO_N1 = f"{TO_CNI0} n1:flannel.1> n1:eth0>"
TO_N2 = f"{TO_N1} n2:eth0< n2:flannel.1<"
TO_POD3 = f"{TO_N2} n2:cni0> n2:veth3> pod3:eth0<"


@pytest.mark.parametrize(
    ("way", "back", "said"),
    [
        ("", "", "the packet was never sent: nothing was seen at pod1:eth0"),
        (TO_CNI0, "", "the packet left n1:cni0 and was never seen at n1:flannel.1"),
        (f"{TO_CNI0} n1:eth0> r:eth0<", "", "the packet left n1 by eth0, where flannel.1 was expected"),
        (f"{TO_CNI0} n1:cni0>", "", "the packet left n1 by cni0, where flannel.1 was expected"),
        (f"{TO_CNI0} n1:flannel.1> n1:eth1>", "", "the packet left n1 by eth1, where eth0 was expected"),
        (f"{TO_N1} n3:eth0< n3:cni0>", "", "the packet left n1:eth0 and came to n3:eth0, where n2:eth0 was expected"),
        (f"{TO_N2} n3:eth0<", "", "the packet left n2:flannel.1 and was never seen at n2:cni0"),
        (f"{TO_N2} n2:eth1> r:eth0<", "", "the packet left n2 by eth1, where cni0 was expected"),
        (
            f"{TO_N2} n2:cni0> n2:veth3> pod4:eth0<",
            "",
            "the packet left n2:veth3 and came to pod4:eth0, where pod3:eth0 was expected",
        ),
        (f"{TO_N2} n2:cni0> n2:vx>", "", "the packet left n2:cni0 and was never seen at n2:veth3"),
        (TO_POD3, "", "the packet came to pod3:eth0 and no answer was ever seen at pod3:eth0"),
        (TO_POD3, "pod3:eth1>", "the answer left pod3 by eth1, where eth0 was expected"),
        (
            TO_POD3,
            "pod3:eth0> n2:veth3< n2:cni0< n2:eth0> r:eth0<",
            "the answer left n2 by eth0, where flannel.1 was expected",
        ),
    ],
)
def test_the_first_difference_is_what_is_said(way: str, back: str, said: str) -> None:
    assert sentence(seen(way, back)) == said


def test_what_is_not_there_is_said_with_what_was_taken_instead() -> None:
    found = seen(f"{TO_CNI0} n1:eth0> r:eth0<")
    trace = tuple(Sighting(s.hop, s.seen, there=s.hop.interface != "flannel.1") for s in found.trace)
    missing = Observation(ROW, Timeout(), trace=trace, way=found.way)
    assert sentence(missing) == "n1 has no flannel.1, and the packet left by eth0"
    assert sentence(Observation(ROW, Timeout(), trace=trace, way=steps(TO_CNI0))) == "n1 has no flannel.1"


def test_questions_and_answers_that_take_one_wrong_turn_are_one_finding() -> None:
    lost = seen(f"{TO_CNI0} n1:eth0> r:eth0<")
    path = "pod3:eth0 n2:cni0 n2:flannel.1 n2:eth0 n1:eth0 n1:flannel.1 n1:cni0 pod1:eth0"
    there = "pod3:eth0> n2:cni0< n2:flannel.1> n2:eth0> n1:eth0< n1:flannel.1< n1:cni0> pod1:eth0<"
    answer = seen(there, "pod1:eth0> n1:cni0< n1:eth0> r:eth0<", path)
    assert [f.cause for f in findings([lost, answer])] == ["packets left n1 by eth0, where flannel.1 was expected"]
    apart = [f.cause for f in findings([lost, seen(TO_CNI0), answer])]
    assert apart == ["packets were never seen at n1:flannel.1"]


def test_how_far_a_packet_came_that_left_its_path() -> None:
    assert strayed(seen(f"{TO_CNI0} n1:eth0> r:eth0<")) == "the packet was last seen at r:eth0"
    assert strayed(seen(f"{TO_CNI0} n1:eth0>")) is None
    assert strayed(seen(TO_POD3)) is None


@pytest.mark.parametrize("observed", [Timeout(), Unreachable("no-route")])
def test_without_a_path_the_end_of_the_way_is_said(observed: Outcome) -> None:
    start = (Sighting(hops("pod1:eth0")[0], True),)
    for trace in (start, ()):
        found = Observation(ROW, observed, trace=trace, way=steps(f"{TO_CNI0} n1:eth0>"))
        assert sentence(found) == "the packet was last seen at n1:eth0"
    told = Observation(
        ROW, observed, trace=start, way=(*steps(TO_CNI0), *steps("n1:cni0> n1:veth1> pod1:eth0<", "back"))
    )
    assert sentence(told) == "the answer was last seen at pod1:eth0"
    assert sentence(Observation(ROW, Reached(), trace=start, way=steps(TO_CNI0))).startswith(
        "the packet was seen everywhere"
    )


def test_a_way_survives_json() -> None:
    found = seen(f"{TO_CNI0} n1:eth0> r:eth0<")
    assert Observation.from_json(found.to_json()) == found
