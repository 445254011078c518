"""A Swarm of Docker's own engines over three hosts: the emulated overlay's expectations, and what is on the wire."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from vethlab.outcome import Answered, PathMtu, Reached
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("swarm-overlay", engine="dockerd")

#: Where they are on the overlay; their own default routes are on docker_gwbridge.
JOB, LONE = "10.0.1.4", "10.0.1.6"


def test_all_that_is_expected_of_the_emulated_overlay_is_met(lab: RunningLab) -> None:
    verdict = lab.check()
    assert verdict.ok
    assert verdict.summary.met > 100


def test_the_hosts_are_one_swarm(lab: RunningLab) -> None:
    told = lab.run("node1", "docker", "node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.ManagerStatus}}").stdout
    assert sorted(told.splitlines()) == ["node1 Ready Leader", "node2 Ready ", "node3 Ready "]


def test_names_and_the_mtu_span_the_hosts(lab: RunningLab) -> None:
    assert lab.probe("lone", "resolver", dns="api") == Answered("NOERROR", ("10.0.1.2",))
    assert lab.probe("api", LONE, mtu=True) == PathMtu(1450)


def test_a_container_is_asked_on_the_network_that_both_are_on(lab: RunningLab) -> None:
    """Its own first address is that on docker_gwbridge, which every host has for itself."""
    assert lab.probe("api", "job", tcp=7) == Reached("10.0.1.2")
    asked = subprocess.run(
        [sys.executable, "-m", "vethlab", "probe", lab.name, "job", "key", "--tcp", "7", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(asked.stdout)["question"]["address"] == "10.0.2.4"


def test_frames_cross_the_wire_in_vxlan_of_the_networks_vni(lab: RunningLab) -> None:
    network = json.loads(lab.run("node1", "docker", "network", "inspect", "mesh").stdout)[0]
    vni = network["Options"]["com.docker.network.driver.overlay.vxlanid_list"]
    with seen(lab, "node1", "eth0", "udp port 4789") as packets:
        assert lab.probe("api", JOB, tcp=7) == Reached(source="10.0.1.2", identity="job")
    assert f"vni {vni}" in packets[0]
    assert "192.168.1.101" in packets[0]
    assert re.search(r"10\.0\.1\.2.*10\.0\.1\.4|10\.0\.1\.4.*10\.0\.1\.2", packets[1])


@contextmanager
def seen(lab: RunningLab, node: str, interface: str, what: str) -> Iterator[list[str]]:
    """The lines in which tcpdump tells the first packet, once the body has run."""
    argv = [sys.executable, "-m", "vethlab", "exec", lab.name, node, "--"]
    argv += ["tcpdump", "-Z", "root", "-nn", "-c", "1", "-i", interface, what]
    lines: list[str] = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            assert any("listening on" in line for line in iter(process.stderr.readline, ""))
            yield lines
            lines += process.communicate(timeout=30)[0].splitlines()
        finally:
            process.kill()
