"""Labs beside each other: they share a machine, and nothing else."""

from __future__ import annotations

import json

from machine import Machine
from snapshot import Snapshot


def test_two_labs_of_one_topology(user: str, pair: str, machine: Machine) -> None:
    before = Snapshot.take()
    for name in ("one", "two"):
        assert machine.vethlab("up", pair, "--name", name, "--until", "underlay", user=user).returncode == 0
    assert [(lab["name"], lab["topology"], lab["state"]) for lab in machine.labs(user)] == [
        ("one", "pair", "up"),
        ("two", "pair", "up"),
    ]
    machine.vethlab("exec", "one", "node1", "--", "ip", "link", "set", "eth0", "down", user=user)
    ping = ("node1", "node2", "--icmp", "--json")
    answers = [json.loads(machine.vethlab("probe", lab, *ping, user=user).stdout) for lab in ("one", "two")]
    assert [answer["observed"]["outcome"] for answer in answers] == ["unreachable", "reached"]

    taken = machine.vethlab("up", pair, "--name", "two", user=user)
    assert (taken.returncode, taken.stderr.splitlines()[0]) == (
        2,
        "vethlab: a lab named 'two' is running; choose another with --name, or `vethlab down two`",
    )
    unknown = machine.vethlab("down", "three", user=user)
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "vethlab: no lab is named 'three' (running: one, two)\n",
    )
    assert machine.vethlab("down", "one", "two", user=user).stdout == "one is gone\ntwo is gone\n"
    before.must_come_back()


def test_eight_runs_at_once(pair: str, machine: Machine) -> None:
    before = Snapshot.take()
    runs = [machine.start("run", pair, "--json", user=user) for user in ("root", "user") * 4]
    for run in runs:
        out, err = run.communicate(timeout=120)
        assert run.returncode == 0, err
        summary = json.loads(out)["summary"]
        assert summary["met"] == summary["total"] > 0
    before.must_come_back()


def test_labs_of_another_user_are_not_ours(pair: str, machine: Machine) -> None:
    machine.vethlab("up", pair, "--until", "capsule")
    assert machine.labs("user") == []
    assert machine.vethlab("down", "pair", user="user").returncode == 2
    assert machine.vethlab("up", pair, "--until", "capsule", user="user").returncode == 0
