"""The pytest plugin: labs as fixtures.

    @pytest.mark.topology("three-node")
    def test_pods_keep_their_source(lab):
        assert lab.probe("pod1", "pod3", tcp=7) == Reached(source="10.244.1.2")

fixture     scope        what it is                                                            depends on
topology    test         the declared topology the mark names, a shipped name or a file        the mark
capsule     module       a lab with nothing in it but a capsule                                topology
world       module       machines and cables, before any playbook                              topology
lab         module       the same, converged and started                                       topology
capture     test         capture(NODE, INTERFACE): the packets an interface of the lab sees     lab

A lab is made at its first use and shared by the tests of a module that name the same topology;
`@pytest.mark.topology(NAME, fresh=True)` gives a test one in which every machine is new, and `scope="session"` one to
all that say so, who must leave it as they found it. Labs end with pytest, whatever ends it; `--vethlab-keep` leaves the
labs of failed tests up and says how to enter them.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from . import errors
from .capsule import Registered
from .capturing import RemoteCapture
from .errors import MachineError, VethlabError
from .load import load
from .model import Topology
from .outcome import OUTCOMES
from .running import RunningLab, Seen

__all__ = ["capsule", "capture", "lab", "topology", "world"]

_FAILED = pytest.StashKey[bool]()
#: How many captures each lab of a test had before it ran.
_CAPTURES = pytest.StashKey[dict[RunningLab, int]]()


@dataclass
class _Pool:
    """The labs of one pytest process, by what was asked for. One pipe is the lifeline of them all."""

    labs: dict[tuple[str, ...], tuple[RunningLab, int]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def get(self, key: tuple[str, ...], topology: Topology, source: str, until: str, *more: str) -> RunningLab:
        if key not in self.labs:
            self.labs[key] = self._start(topology, source, until, *more)
        return self.labs[key][0]

    def renew(self, key: tuple[str, ...], keep: bool) -> None:
        """A test is done with a lab that was its own: the next one that asks for such shall find all of it new."""
        lab = self.labs[key][0]
        try:
            if not keep and lab.state.state == "up":
                return lab.reset()
        except VethlabError:  # it died in that test, or is past mending
            pass
        self.end(key, keep)

    def _start(self, topology: Topology, source: str, until: str, *more: str) -> tuple[RunningLab, int]:
        """`vethlab up`, with `more` options, in a process of its own: pytest has threads, and what forks must not."""
        reading, writing = os.pipe()
        name = f"pytest-{os.getpid()}-{next(self.numbers)}"
        argv = [sys.executable, "-m", "vethlab", "up", source, "--name", name, "--until", until, "--json"]
        argv += ["--lifeline", str(reading), *more]
        done = subprocess.run(argv, pass_fds=[reading], capture_output=True, text=True, check=False)
        os.close(reading)
        if done.returncode:
            os.close(writing)
            _give_up(done)
        return RunningLab(Registered(name, json.loads(done.stdout)["pid"]), topology), writing

    def end(self, key: tuple[str, ...], keep: bool) -> None:
        lab, writing = self.labs.pop(key)
        if keep:
            os.write(writing, b"k")
            self.kept.append(lab.name)
        else:
            lab.end()
        os.close(writing)


def _give_up(done: subprocess.CompletedProcess[str]) -> None:
    try:
        error = errors.from_json(json.loads(done.stdout))
    except (ValueError, KeyError):
        pytest.fail(f"vethlab up: exit status {done.returncode}\n{done.stderr}", pytrace=False)
    if isinstance(error, MachineError):
        pytest.skip(str(error))
    pytest.fail(str(error), pytrace=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--vethlab-keep`."""
    group = parser.getgroup("vethlab")
    group.addoption("--vethlab-keep", action="store_true", help="leave the labs of failed tests up")


def pytest_configure(config: pytest.Config) -> None:
    """Declares the mark `topology`, for `--strict-markers`."""
    config.addinivalue_line(
        "markers",
        "topology(name, fresh=False, scope='module', engine='', engine_version=''): what the labs are made of",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """What was captured goes into the report; that a test failed is noted for its fixtures, which may keep the lab."""
    report = yield
    _take_captures(item, report)
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    item.session.stash[_FAILED] = item.session.stash.get(_FAILED, False) or report.failed
    if report.failed and item.parent:
        item.parent.stash[_FAILED] = True
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """A failed `lab.probe(...) == outcome` shows the row, both outcomes, and how far the packet came."""
    if op == "==" and isinstance(left, Seen) and isinstance(right, OUTCOMES):
        return left.explain(right)
    if op == "!=" and isinstance(left, Seen) and isinstance(right, OUTCOMES):
        return left.explain_unlike(right)
    return None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """How to look at the labs that were kept, and to end them."""
    pool = config.stash.get(_POOL, None)
    for name in pool.kept if pool else ():
        terminalreporter.write_line(f"kept: vethlab inspect {name}; vethlab shell {name} NODE; vethlab down {name}")


_POOL = pytest.StashKey[_Pool]()


@pytest.fixture(scope="session")
def vethlab_pool(request: pytest.FixtureRequest) -> Iterator[_Pool]:
    """The labs of this pytest process."""
    pool = request.config.stash[_POOL] = _Pool()
    yield pool
    failed = request.session.stash.get(_FAILED, False)
    for key in list(pool.labs):
        pool.end(key, keep=failed and request.config.getoption("--vethlab-keep"))


@pytest.fixture(scope="module")
def vethlab_module(request: pytest.FixtureRequest, vethlab_pool: _Pool) -> Iterator[_Pool]:
    """Ends a module's labs with it."""
    yield vethlab_pool
    failed = request.node.stash.get(_FAILED, False)
    for key in [k for k in vethlab_pool.labs if k[0] == request.node.nodeid]:
        vethlab_pool.end(key, keep=failed and request.config.getoption("--vethlab-keep"))


@pytest.fixture
def topology(request: pytest.FixtureRequest) -> Topology:
    """The topology the `topology` mark names."""
    return load(_source(request))


@pytest.fixture
def capsule(request: pytest.FixtureRequest, vethlab_module: _Pool, topology: Topology) -> Iterator[RunningLab]:
    """A lab with nothing in it but a capsule."""
    yield from _lab(request, vethlab_module, topology, "capsule")


@pytest.fixture
def world(request: pytest.FixtureRequest, vethlab_module: _Pool, topology: Topology) -> Iterator[RunningLab]:
    """A lab with machines, cables and sandboxes, before any playbook has run."""
    yield from _lab(request, vethlab_module, topology, "sandboxes")


@pytest.fixture
def lab(request: pytest.FixtureRequest, vethlab_module: _Pool, topology: Topology) -> Iterator[RunningLab]:
    """A lab that is up: converged, its programs running."""
    yield from _lab(request, vethlab_module, topology, "start")


@pytest.fixture
def capture(lab: RunningLab) -> Callable[[str, str], AbstractContextManager[RemoteCapture]]:
    """`with capture(NODE, INTERFACE) as packets:` looks at an interface of `lab`; a failed test attaches a pcapng."""
    return lab.capture


def _labs(item: pytest.Item) -> list[RunningLab]:
    """Those a test was given, by whatever fixture."""
    return [given for given in getattr(item, "funcargs", {}).values() if isinstance(given, RunningLab)]


def _take_captures(item: pytest.Item, report: pytest.TestReport) -> None:
    """A test's own captures end with it; those of its fixtures are there for the tests to come as well."""
    if report.when == "setup":
        item.stash[_CAPTURES] = {lab: len(lab.captures) for lab in _labs(item)}
    if report.when != "call":
        return
    for lab, before in item.stash.get(_CAPTURES, {}).items():
        if report.failed:
            _attach(lab.captures, report)
        del lab.captures[before:]


def _attach(captures: list[RemoteCapture], report: pytest.TestReport) -> None:
    """Save what was captured, and say where."""
    for number, packets in enumerate(captures, 1):
        where = Path(tempfile.mkdtemp(prefix="vethlab-")) / f"{number}-{packets.place}-{packets.interface}.pcapng"
        packets.save(where)
        report.sections.append(("packets", f"{len(packets.packets)} at {packets.place}:{packets.interface}: {where}"))


def _lab(request: pytest.FixtureRequest, pool: _Pool, topology: Topology, until: str) -> Iterator[RunningLab]:
    mark = _mark(request)
    source, docker = _source(request), _docker(request, mark)
    if not mark.kwargs.get("fresh"):
        module = request.node.getparent(pytest.Module)
        owner = "" if mark.kwargs.get("scope") == "session" or module is None else module.nodeid
        yield pool.get((owner, source, until, *docker), topology, source, until, *docker)
        return
    key = ("", source, until, *docker, "fresh")
    for other in [k for k in pool.labs if k[-1] == "fresh" and k != key]:
        pool.end(other, keep=False)
    yield pool.get(key, topology, source, until, *docker)
    failed = request.node.stash.get(_FAILED, False)
    pool.renew(key, keep=bool(failed and request.config.getoption("--vethlab-keep")))


def _mark(request: pytest.FixtureRequest) -> pytest.Mark:
    mark: pytest.Mark | None = request.node.get_closest_marker("topology")
    if mark is None or not mark.args:
        pytest.fail("this test needs @pytest.mark.topology(NAME)", pytrace=False)
    return mark


def _docker(request: pytest.FixtureRequest, mark: pytest.Mark) -> list[str]:
    """Which Docker, as options of `vethlab up`; those that nobody names are the file's.

    Named by fixtures called `engine` and `engine_version`, which a suite for several has, or by the mark.
    """
    names = ("engine", "engine_version")
    found = {n: request.getfixturevalue(n) if n in request.fixturenames else mark.kwargs.get(n, "") for n in names}
    return [word for name, value in found.items() if value for word in (f"--{name.replace('_', '-')}", str(value))]


def _source(request: pytest.FixtureRequest) -> str:
    """A shipped name, or a file: relative to the test's own directory first."""
    name = str(_mark(request).args[0])
    beside = Path(request.path).parent / name
    return str(beside) if beside.is_file() else name
