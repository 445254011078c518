"""What the command line promises: exit statuses, one JSON document, help with examples, quiet where it should be."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from machine import Machine
from snapshot import Snapshot

from vethlab.cli.main import VERBS, parser

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"


@pytest.mark.parametrize("verb", [module.__name__.rpartition(".")[2].rstrip("_") for module in VERBS])
def test_help_has_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([verb, "--help"])
    assert ended.value.code == 0
    assert f"examples:\n  vethlab {verb}" in capsys.readouterr().out


def test_json_is_all_there_is_on_standard_output(pair: str, machine: Machine) -> None:
    def said(*arguments: str, status: int = 0) -> Any:
        done = machine.vethlab(*arguments, "--json")
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    assert said("ls") == []
    assert said("validate", pair) == {"problems": []}
    assert said("up", pair, "--name", "lab", "--until", "underlay").keys() == {
        "name",
        "topology",
        "state",
        "pid",
        "phases",
    }
    (lab,) = said("ls")
    assert (lab["name"], lab["topology"], lab["state"]) == ("lab", "pair", "up")
    assert isinstance(lab["pid"], int)
    assert [node["addresses"] for node in said("inspect", "lab")["nodes"]] == [["192.168.1.101"], ["192.168.1.102"]]
    assert said("probe", "lab", "node1", "node2", "--icmp")["observed"]["outcome"] == "reached"

    checked = said("check", "lab")
    assert {"topology", "phases", "summary", "rows"} <= checked.keys()
    assert checked["summary"] | {"met": 0, "total": 0} == {"met": 0, "failed": 0, "not_measured": 0, "total": 0}
    wanted = {"source", "target", "probe", "expected", "observed", "met"}
    assert all(wanted <= row.keys() for row in checked["rows"])

    machine.vethlab("exec", "lab", "node2", "--", "ip", "address", "flush", "dev", "eth0")
    failed = [row for row in said("check", "lab", status=1)["rows"] if not row["met"]]
    assert failed
    assert all("hop" in row for row in failed)

    assert said("down", "lab") == ["lab"]
    assert said("run", pair)["summary"]["failed"] == 0
    assert said("check", "lab", status=2)["error"] == "UnknownLab"
    assert said("run", "no-such", status=2)["error"] == "InputError"
    assert said("validate", "no-such", status=2)["error"] == "InputError"
    assert said("up", pair, "--nonsense", status=2)["error"] == "InputError"
    assert said("up", pair, "--size", "much", status=2)["error"] == "InputError"
    assert said("run", pair, "--size", "64k", status=3)["error"] == "MachineError"
    assert said("probe", "lab", "a", "b", status=2)["error"] == "InputError"
    assert {"kernel", "capsule", "remedy", "features"} == json.loads(machine.vethlab("doctor", "--json").stdout).keys()


def test_converge_again_changes_nothing(user: str, machine: Machine) -> None:
    """And check mode tells what would change, without changing it."""
    Path("/tmp/one.yml").write_text(
        "name: one\nswitches: {lan: {subnets: [192.168.1.0/24]}}\nnodes: {node1: {links: [lan]}}\n"
        "docker: {}\ncontainers: {c: {node: node1}}\n"
        "expect: [{from: node1, to: c, tcp: 7, outcome: reached}]\n"
    )
    made = machine.vethlab("up", "/tmp/one.yml", user=user)
    assert made.returncode == 0, made.stderr
    assert machine.vethlab("converge", "one", user=user).stdout.startswith("0 changed (")
    spoil = ("exec", "one", "node1", "--", "sh", "-c")
    machine.vethlab(*spoil, "echo 0 > /proc/sys/net/ipv4/ip_forward; ip link set docker0 mtu 1400", user=user)
    told = machine.vethlab("converge", "one", "--check", "--diff", user=user).stdout
    assert told.startswith("node1: would change: base: ")
    assert "node1: would change: docker: " in told
    assert "-0\n" in told.replace(" ", "") or "1400" in told, "the difference itself"
    assert "1400" in machine.vethlab(*spoil, "ip link show docker0", user=user).stdout
    assert machine.vethlab(*spoil, "cat /proc/sys/net/ipv4/ip_forward", user=user).stdout == "0\n"
    assert machine.vethlab("converge", "one", user=user).stdout.startswith("node1: changed: ")
    assert machine.vethlab(*spoil, "cat /proc/sys/net/ipv4/ip_forward", user=user).stdout == "1\n"
    assert machine.vethlab("check", "one", user=user).returncode == 0


@pytest.fixture
def broken_playbooks(tmp_path: Path) -> Path:
    """The shipped ones, with a task more in the role `base` that fails."""
    books = tmp_path / "playbooks"
    shutil.copytree(PLAYBOOKS, books)
    task = "\n- name: Deliberately broken\n  ansible.builtin.fail:\n    msg: on purpose\n"
    with (books / "roles/base/tasks/main.yml").open("a") as file:
        file.write(task)
    return books


def test_a_broken_task_is_named(pair: str, broken_playbooks: Path, pytester: pytest.Pytester) -> None:
    """Not on a machine of its own, where a test's own files are out of sight."""
    name = f"broken-{os.getpid()}"
    arguments = ("run", pair, "--name", name, "--playbooks", str(broken_playbooks))
    ended = _here(*arguments)
    assert ended.returncode == 1
    assert ended.stderr.startswith("vethlab: converge failed on node node")
    assert ", role base, task Deliberately broken:\n  on purpose" in ended.stderr
    assert name not in {lab["name"] for lab in json.loads(_here("ls", "--json").stdout)}
    try:
        kept = _here(*arguments, "--keep", "--json")
        document = json.loads(kept.stdout)
        assert (kept.returncode, document["role"], document["task"]) == (1, "base", "Deliberately broken")
        assert (
            f"kept: vethlab inspect {name}; vethlab shell {name} NODE; end it with vethlab down {name}\n" in kept.stderr
        )
        found = json.loads(_here("inspect", name, "--json").stdout)
        assert found["state"] == "broken"
        assert "on purpose" in found["message"]
        assert _here("exec", name, "node1", "--", "hostname").stdout == "node1\n"
    finally:
        assert _here("down", name).returncode == 0


def _here(*arguments: str) -> subprocess.CompletedProcess[str]:
    import machine

    argv = [machine.sys.executable, "-m", "vethlab", *arguments]
    return subprocess.run(argv, env=machine.environment(), capture_output=True, text=True, check=False)


def test_an_interrupt_leaves_nothing(user: str, pair: str, machine: Machine) -> None:
    before = Snapshot.take()
    for reached in ("underlay", "converge", "check"):
        ours, theirs = pty.openpty()
        run = machine.start("run", pair, user=user, stderr=theirs)
        os.close(theirs)
        _read_until(ours, f"… {reached}")
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 130
        os.close(ours)
        run.communicate()
        before.must_come_back()


def _read_until(descriptor: int, text: str) -> None:
    seen = b""
    deadline = time.monotonic() + 60
    while text.encode() not in seen:
        assert time.monotonic() < deadline
        seen += os.read(descriptor, 4096)


def test_progress_is_for_terminals(pair: str, machine: Machine) -> None:
    done = machine.vethlab("up", pair, "--name", "lab", "--until", "underlay")
    assert done.stderr == ""
    assert done.stdout == "lab is up: vethlab shell lab node1\n"


def test_nobody_reads(machine: Machine) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = machine.start("validate", "three-node", stdout=writer)
    os.close(writer)
    _, err = process.communicate()
    assert (process.returncode, err) == (141, "")


def test_closed_streams(pair: str, machine: Machine) -> None:
    """A lab made without standard streams has its own files where they would be, and is as good as any."""

    def close() -> None:
        for descriptor in (0, 1, 2):
            os.close(descriptor)

    made = machine.start("up", pair, "--name", "lab", "--until", "underlay", preexec_fn=close)
    assert made.wait(60) == 0
    assert [lab["state"] for lab in machine.labs()] == ["up"]
    assert machine.vethlab("probe", "lab", "node1", "node2", "--icmp").returncode == 0


def test_completion(pair: str, machine: Machine) -> None:
    machine.vethlab("up", pair, "--name", "demo-7", "--until", "capsule")

    def completed(line: str) -> list[str]:
        words = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n", "COMP_LINE": line, "COMP_POINT": str(len(line))}
        machine.vethlab(env=words | {"_ARGCOMPLETE_STDOUT_FILENAME": "/tmp/completed", "_ARC_DEBUG": ""})
        return [word.strip() for word in Path("/tmp/completed").read_text().split("\n")]

    assert completed("vethlab conv") == ["converge"]
    assert completed("vethlab check de") == ["demo-7"]
    assert completed("vethlab down de") == ["demo-7"]
    assert "three-node" in completed("vethlab up three")
    assert completed("vethlab up three-node --unt") == ["--until"]
