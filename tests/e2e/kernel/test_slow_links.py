"""Delay and loss as the kernel's own netem makes them. Skipped, with that reason, where the kernel has none."""

from __future__ import annotations

import re

import pytest

from vethlab.outcome import Reached
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("slow-links.yml")


def test_a_delay_is_at_least_what_was_asked_for(lab: RunningLab) -> None:
    """20 ms out of one machine; a timer may be late, never early (tc-netem(8))."""
    slow = lab.probe("near", "far", icmp=True)
    assert slow == Reached()
    assert slow.seconds >= 0.02


def test_some_packets_are_lost_and_most_are_not(lab: RunningLab) -> None:
    """10 % on one way: that none of 300 is lost, or half of them, happens once in 10^13 times."""
    said = lab.run("near", "ping", "-q", "-c", "300", "-i", "0.02", "192.168.1.103", check=False).stdout
    found = re.search(r"(\d+) packets transmitted, (\d+) received", said)
    assert found, said
    sent, received = map(int, found.groups())
    assert sent == 300
    assert sent / 2 < received < sent
    clean = lab.run("near", "ping", "-q", "-c", "50", "-i", "0.02", "192.168.1.102").stdout
    assert "50 received" in clean, "the other link loses nothing"
