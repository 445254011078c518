"""A node looks like a machine to whoever uses systemctl(1) and journalctl(1) on it, without systemd."""

from __future__ import annotations

import pytest

from vethlab.outcome import Answered, Refused
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("two-node-pods", fresh=True)


def test_a_service_is_shown_with_its_log(lab: RunningLab) -> None:
    shown = lab.run("node1", "systemctl", "status", "dnsmasq").stdout
    assert "Active: active (running)" in shown
    assert "started, version" in lab.run("node1", "journalctl", "-u", "dnsmasq", "--no-pager").stdout


def test_only_the_nodes_own_units_are_there(lab: RunningLab) -> None:
    listed = lab.run("node1", "systemctl", "list-unit-files").stdout
    assert "dnsmasq.service" in listed
    assert "systemd-networkd" not in listed


def test_a_service_can_be_stopped_and_started(lab: RunningLab) -> None:
    assert lab.probe("node1", "node1", dns="node2.lab.internal") == Answered()
    lab.run("node1", "systemctl", "stop", "dnsmasq")
    assert lab.probe("node1", "node1", dns="node2.lab.internal") == Refused()
    assert "inactive" in lab.run("node1", "systemctl", "status", "dnsmasq", check=False).stdout
    lab.run("node1", "systemctl", "start", "dnsmasq")
    assert lab.probe("node1", "node1", dns="node2.lab.internal") == Answered()
    assert lab.converge()["changed"] == 0


def test_a_service_that_died_is_seen_and_converging_starts_it(lab: RunningLab) -> None:
    lab.run("node2", "sh", "-c", "kill -9 $(cat /run/dnsmasq.pid)")
    assert "active (running)" not in lab.run("node2", "systemctl", "status", "dnsmasq", check=False).stdout
    assert lab.converge()["changed"] == 1
    assert "active (running)" in lab.run("node2", "systemctl", "status", "dnsmasq").stdout
