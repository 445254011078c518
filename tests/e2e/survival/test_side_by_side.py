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


def test_two_of_the_reference_world_made_and_checked_at_once(machine: Machine) -> None:
    """The same docker0, overlay and names in both, of two users; what is broken in one is whole in the other."""
    before = Snapshot.take()
    users = {"one": "root", "two": "user"}
    _at_once(machine, users, {lab: ("up", "three-node", "--name", lab) for lab in users}, {"one": 0, "two": 0})
    machine.vethlab("exec", "one", "node1", "--", "iptables", "-t", "nat", "-F", "DOCKER")
    said = _at_once(machine, users, {lab: ("check", lab, "--json") for lab in users}, {"one": 1, "two": 0})
    unmet = {lab: [row for row in json.loads(out)["rows"] if not row["met"]] for lab, out in said.items()}
    assert {row["target"] for row in unmet["one"]} == {"site1"}
    assert unmet["two"] == []
    _at_once(machine, users, {lab: ("down", lab) for lab in users}, {"one": 0, "two": 0})
    before.must_come_back()


def _at_once(
    machine: Machine, users: dict[str, str], words: dict[str, tuple[str, ...]], ends: dict[str, int]
) -> dict[str, str]:
    """A command for each lab, all begun before any is waited for; what they printed, if they end with those numbers."""
    begun = {lab: machine.start(*argv, user=users[lab]) for lab, argv in words.items()}
    said = {lab: process.communicate(timeout=120) for lab, process in begun.items()}
    assert {lab: process.returncode for lab, process in begun.items()} == ends, said
    return {lab: out for lab, (out, _) in said.items()}


def test_labs_of_another_user_are_not_ours(pair: str, machine: Machine) -> None:
    machine.vethlab("up", pair, "--until", "capsule")
    assert machine.labs("user") == []
    assert machine.vethlab("down", "pair", user="user").returncode == 2
    assert machine.vethlab("up", pair, "--until", "capsule", user="user").returncode == 0
