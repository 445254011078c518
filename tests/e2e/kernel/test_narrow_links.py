"""Rate and loss as every kernel can make them: tc's tbf, and nftables where there is no netem."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from namespaces import eventually
from vethlab.outcome import PathMtu, Reached
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("narrow-links.yml")

RATE = 2_000_000 // 8  # bytes per second, as narrow-links.yml has it in bits
SENT = 200_000  # bytes


def buckets(lab: RunningLab, place: str) -> list[dict[str, Any]]:
    """The options of every tbf there, with the rate in bytes per second and the burst in bytes, as tc(8) tells them."""
    found = json.loads(lab.run(place, "tc", "-json", "qdisc", "show").stdout)
    return [qdisc["options"] for qdisc in found if qdisc["kind"] == "tbf"]


def answered(lab: RunningLab, target: str, count: int) -> int:
    """How many of that many echo requests come back."""
    said = lab.run("near", "ping", "-q", "-c", str(count), "-i", "0.005", lab.address(target), check=False).stdout
    found = re.search(r"(\d+) packets transmitted, (\d+) received", said)
    assert found, said
    assert int(found[1]) == count
    return int(found[2])


def test_a_rate_is_a_bucket_at_both_ends_of_that_link_alone(lab: RunningLab) -> None:
    """The switch's ports are in the capsule: of the three one is narrow."""
    assert [bucket["rate"] for bucket in buckets(lab, "narrow")] == [RATE]
    assert [bucket["rate"] for bucket in buckets(lab, "capsule")] == [RATE]
    assert buckets(lab, "near") == buckets(lab, "lossy") == []


def test_so_many_bytes_take_so_long(lab: RunningLab) -> None:
    """All but a burst waits for its tokens, which may be late and never early (tc-tbf(8)); an echo passes both ends."""
    (bucket,) = buckets(lab, "narrow")
    there_and_back = f"head -c {SENT} /dev/zero | socat -t 60 - TCP:{lab.address('near')}:7 | tail -n 1 | wc -c"
    began = time.monotonic()
    assert int(lab.run("narrow", "sh", "-c", there_and_back).stdout) == SENT
    assert time.monotonic() - began >= (SENT - bucket["burst"]) / RATE


def test_what_is_narrow_loses_nothing_and_carries_whole_packets(lab: RunningLab) -> None:
    assert answered(lab, "narrow", 100) == 100
    assert lab.probe("near", "narrow", mtu=True) == PathMtu(1500)


def test_some_packets_are_lost_and_most_are_not(lab: RunningLab) -> None:
    """10 % each way: that none of 300 is lost, or half of them, happens once in 10^27 times.

    The neighbour is known beforehand: a lost ARP would hold up a whole second of them.
    """
    eventually(lambda: lab.probe("near", "lossy", icmp=True) == Reached())
    assert 150 < answered(lab, "lossy", 300) < 300
