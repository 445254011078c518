"""The pytest plugin, as a user's own test files meet it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from machine import environment

from vethlab.capsule import running

#: Installed, the plugin is an entry point; from the sources alone it has to be named.
PLUGIN = () if entry_points(group="pytest11", name="vethlab") else ("-p", "vethlab.plugin")
PAIR = (Path(__file__).parent / "pair.yml").read_text()
HEAD = "import os, pytest\nfrom vethlab.outcome import Reached, Refused\n"


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    pytester.makefile(".yml", pair=PAIR)
    before = _orphans()
    yield pytester
    assert _orphans() <= before, "labs have outlived their pytest"


def run(suite: pytest.Pytester, body: str, *arguments: str) -> pytest.RunResult:
    suite.makepyfile(HEAD + body)
    return suite.runpytest_subprocess(*PLUGIN, "-p", "no:cacheprovider", *arguments)


def test_labs_are_shared_by_a_module_and_fresh_on_demand(suite: pytest.Pytester) -> None:
    """Over two processes too, where each has its own."""
    body = """
mark = pytest.mark.topology("pair.yml")
seen = []

@mark
def test_one(world):
    world.run("node1", "touch", "/tmp/was-here")
    seen.append(world.name)
    assert world.probe("node1", "node2", icmp=True) == Reached()

@mark
def test_two(world):
    world.run("node1", "test", "-e", "/tmp/was-here")
    assert seen == [world.name]

@pytest.mark.topology("pair.yml", fresh=True)
def test_three(world):
    assert world.run("node1", "test", "-e", "/tmp/was-here", check=False).returncode == 1

@mark
def test_four(capsule):
    assert list(capsule.places()) == ["node1", "node2"]

def test_five(world):
    pass
"""
    for arguments in ((), ("-n", "2", "--dist", "loadfile")):
        result = run(suite, body, *arguments)
        result.assert_outcomes(passed=4, errors=1)
        result.stdout.fnmatch_lines(["*this test needs @pytest.mark.topology(NAME)*"])


def test_a_failure_explains_itself_and_its_lab_can_be_kept(suite: pytest.Pytester) -> None:
    body = """
@pytest.mark.topology("pair.yml")
def test_it(world):
    world.run("node2", "iptables", "-A", "INPUT", "-p", "tcp", "-j", "DROP")
    assert world.probe("node1", "node2", tcp=9) == Refused()
"""
    result = run(suite, body, "--vethlab-keep")
    (line,) = [x for x in result.outlines if x.startswith("kept: ")]
    name = line.rpartition(" ")[2]
    argv = [sys.executable, "-m", "vethlab"]
    try:
        entered = subprocess.run([*argv, "exec", name, "node1", "--", "hostname"], capture_output=True, check=False)
        assert entered.stdout == b"node1\n"
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [
                "*node1 ? node2  tcp 192.168.1.102:9*",
                "*expected  refused*",
                "*observed  timeout*",
                "*packet    node1:eth0 *",
                "kept: vethlab inspect pytest-*; vethlab shell pytest-* NODE; vethlab down pytest-*",
            ]
        )
    finally:
        assert subprocess.run([*argv, "down", name], check=False).returncode == 0
    run(suite, body).assert_outcomes(failed=1)


def test_a_failed_test_attaches_what_its_lab_has_captured(suite: pytest.Pytester) -> None:
    """By a fixture or by itself; what another test has captured is not told again."""
    body = """
pytestmark = pytest.mark.topology("pair.yml", scope="session")

@pytest.fixture
def seen(world):
    with world.capture("node2", "eth0") as packets:
        assert world.probe("node1", "node2", icmp=True) == Reached()
    return packets

def test_its_own(world):
    with world.capture("node1", "eth0") as packets:
        assert world.probe("node1", "node2", icmp=True) == Reached()
    assert not packets.packets

def test_its_fixtures(world, seen):
    assert not seen.packets
"""
    result = run(suite, body)
    result.assert_outcomes(failed=2)
    told = [line for line in result.outlines if line.endswith(".pcapng")]
    assert [line.split(" at ")[1].split(": ")[0] for line in told] == ["node1:eth0", "node2:eth0"]
    assert all(Path(line.split(": ")[1]).stat().st_size > 300 for line in told)


def test_what_the_machine_cannot_is_skipped(suite: pytest.Pytester) -> None:
    suite.makeconftest(
        """
import pytest, subprocess
from vethlab import errors, plugin

@pytest.fixture(autouse=True)
def refusing(monkeypatch):
    import json
    said = json.dumps(errors.to_json(errors.MachineError("this kernel has no netem", "load the module")))
    monkeypatch.setattr(plugin.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 3, said, ""))
"""
    )
    result = run(suite, '@pytest.mark.topology("pair.yml")\ndef test_it(world): pass\n', "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*this kernel has no netem*"])


def test_labs_end_with_pytest_even_when_it_is_killed(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        HEAD
        + """
import time
@pytest.mark.topology("pair.yml")
def test_it(world):
    print("lab:", world.name, flush=True)
    time.sleep(60)
"""
    )
    argv = [sys.executable, "-m", "pytest", "-s", *PLUGIN, "-p", "no:cacheprovider"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=suite.path)
    assert process.stdout
    name = next(line.split()[-1] for line in process.stdout if "lab:" in line)
    assert name in {lab.name for lab in running()}
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while name in {lab.name for lab in running()}:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _orphans() -> set[str]:
    """Labs of pytest processes that are gone; a lab's name tells its process."""
    names = [lab.name for lab in running() if lab.name.startswith("pytest-")]
    return {name for name in names if not Path("/proc", name.split("-")[1]).exists()}


def test_a_failed_test_attaches_what_it_captured(suite: pytest.Pytester) -> None:
    body = """
@pytest.mark.topology("pair.yml")
def test_it(lab, capture):
    with capture("node1", "eth0") as packets:
        assert lab.probe("node1", "node2", icmp=True) == Reached()
        assert packets.wait(lambda p: p.icmp and p.outgoing)
    assert any(p.icmp and not p.outgoing for p in packets)
    assert not packets.packets, "which is wrong"
"""
    done = run(suite, body)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*AssertionError: which is wrong*"])
    told = next(line for line in done.outlines if " at node1:eth0: " in line)
    assert int(told.split()[0]) > 0
    assert Path(told.rpartition(": ")[2]).read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"  # pcapng: a section header block


def test_an_interface_that_is_not_there_is_named(suite: pytest.Pytester) -> None:
    body = """
@pytest.mark.topology("pair.yml")
def test_it(lab, capture):
    with capture("node1", "eth9"):
        pass
"""
    run(suite, body).stdout.fnmatch_lines(["*LabError: cannot look at eth9 of node1*"])
