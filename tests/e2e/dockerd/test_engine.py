"""A lab on Docker's own engine: the same world, made by dockerd, and reached by the same probes."""

from __future__ import annotations

import json

import pytest

from vethlab.outcome import Answered, Http, Reached, Timeout
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("single-host-docker", engine="dockerd")


def docker(lab: RunningLab, *words: str, check: bool = True) -> str:
    return lab.run("node1", "docker", *words, check=check).stdout.strip()


def test_all_that_is_expected_of_the_emulated_engine_is_met(lab: RunningLab) -> None:
    verdict = lab.check()
    assert verdict.ok
    assert verdict.summary.met > 100


def test_the_containers_are_dockers_and_run_their_servers_themselves(lab: RunningLab) -> None:
    assert docker(lab, "ps", "--format", "{{.Names}} {{.Image}}").splitlines() == [
        "till echo:latest",
        "shop echo:latest",
        "tool echo:latest",
        "site echo:latest",
    ]
    assert "python3 -ISm vethlab.workload echo" in docker(lab, "exec", "site", "ps", "-o", "args")
    assert (
        f"version {docker(lab, 'version', '--format', '{{.Server.Version}}')},"
        in lab.run("node1", "dockerd", "--version").stdout
    )


def test_the_words_of_a_cheat_sheet_work_as_written(lab: RunningLab) -> None:
    docker(lab, "network", "create", "my-network")
    docker(lab, "run", "-d", "--network", "my-network", "--name", "my-container", "echo")
    try:
        (found,) = json.loads(docker(lab, "inspect", "my-container"))
        address = found["NetworkSettings"]["Networks"]["my-network"]["IPAddress"]
        assert address.startswith("172.19.0.")
        said = docker(lab, "run", "--rm", "--network", "my-network", "busybox", "wget", "-qO-", "my-container")
        assert json.loads(said)["source"].startswith("172.19.0.")
        assert lab.probe("node1", address, tcp=7) == Reached(source="172.19.0.1")
    finally:
        docker(lab, "rm", "-f", "my-container")
        docker(lab, "network", "rm", "my-network")


def test_a_container_that_was_restarted_is_found_again(lab: RunningLab) -> None:
    before = docker(lab, "inspect", "--format", "{{.State.Pid}}", "site")
    docker(lab, "restart", "-t", "0", "site")
    assert docker(lab, "inspect", "--format", "{{.State.Pid}}", "site") != before
    assert lab.probe("site", "tool", tcp=7) == Reached(source="172.17.0.2", identity="tool")
    assert lab.probe("web", "192.168.1.101", http=8080) == Http(200, source="203.0.113.80", identity="site")


def test_the_playbooks_leave_the_engines_networks_to_it(lab: RunningLab) -> None:
    assert lab.converge()["changed"] == 0
    assert "-P FORWARD DROP" in lab.run("node1", "iptables", "-S", "FORWARD").stdout.splitlines()


def test_a_container_asks_the_name_server_of_its_host(lab: RunningLab) -> None:
    told = docker(lab, "exec", "tool", "cat", "/etc/resolv.conf").splitlines()
    assert [line for line in told if line.startswith("nameserver")] == ["nameserver 192.168.1.101"]
    assert lab.probe("tool", "resolver", dns="www.example.com") == Answered("NOERROR", ("203.0.113.80",))


def test_the_check_sees_an_engine_whose_rules_are_gone(lab: RunningLab) -> None:
    saved = lab.run("node1", "iptables-save", "-t", "nat").stdout
    lab.run("node1", "iptables", "-t", "nat", "-F")
    try:
        assert lab.probe("tool", "web", udp=7) == Timeout()
        assert lab.probe("web", "192.168.1.101", http=8080) == Timeout()
    finally:
        lab.run("node1", "iptables-restore", stdin=saved)
    assert lab.probe("tool", "web", udp=7) == Reached(source="192.168.1.101", identity="web")


@pytest.mark.parametrize("file", ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/swappiness"])
def test_not_even_a_privileged_container_writes_what_is_the_machines(lab: RunningLab, file: str) -> None:
    words = ("run", "--rm", "--privileged", "busybox", "sh", "-c", f"cat {file} > {file}")
    tried = lab.run("node1", "docker", *words, check=False)
    assert tried.returncode != 0
    assert "Permission denied" in tried.stderr or "Read-only" in tried.stderr


def test_no_cgroup_of_the_machine_can_be_made_or_changed(lab: RunningLab) -> None:
    for words in (("mkdir", "/sys/fs/cgroup/mine"), ("sh", "-c", "echo $$ > /sys/fs/cgroup/cgroup.procs")):
        assert lab.run("node1", *words, check=False).returncode != 0
