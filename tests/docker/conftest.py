"""Both engines, and the table of what they answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest
from behaviour import Behaviour
from parity_page import PAGE, Answers, page, table

from vethlab import dockerd
from vethlab.docker_versions import generation
from vethlab.model import EngineVersion

ENGINES = ("emulated", "dockerd")
_ANSWERS = pytest.StashKey[Answers]()
_PROPERTY = "parity"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--parity-update", action="store_true", help="write docs/parity-docker.md anew")
    told = "the emulated engine is of that version in every test, not of 28"
    parser.addoption("--emulated", choices=get_args(EngineVersion), metavar="VERSION", help=told)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine a lab has. Where the real one cannot run, the reason is told."""
    name = str(request.param)
    reason = dockerd.why_not()
    if name == "dockerd" and reason:
        pytest.skip(f"Docker's own engine cannot run here: {reason}")
    return name


@pytest.fixture(scope="module")
def engine_version(engine: str, pytestconfig: pytest.Config) -> EngineVersion | None:
    """What the emulated engine is told to be; the real one has the version it has."""
    return pytestconfig.getoption("--emulated") if engine == "emulated" else None


@pytest.fixture(scope="module")
def version(engine: str, engine_version: EngineVersion | None) -> EngineVersion:
    """Whose behaviour is expected."""
    return engine_version or ("28" if engine == "emulated" else generation(dockerd.version()))


@pytest.fixture
def record(record_property: Callable[[str, object], None], engine: str) -> Callable[[Behaviour, str], None]:
    """Writes down what an engine answered. It travels with the test's report, so that labs may be asked side by side."""
    version = dockerd.version() if engine == "dockerd" else ""
    return lambda behaviour, answer: record_property(_PROPERTY, (engine, behaviour.name, answer, version))


class _Collector:
    """Takes the answers out of the reports, which come from every worker."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for name, value in report.user_properties:
                if name == _PROPERTY:
                    self._answers.add(*value)


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--emulated") and config.getoption("--parity-update"):
        raise pytest.UsageError("the page is of the emulated engine as 28: give one of --emulated and --parity-update")
    answers = config.stash[_ANSWERS] = Answers()
    config.pluginmanager.register(_Collector(answers))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    answers = config.stash[_ANSWERS]
    if answers.answers:
        terminalreporter.section("parity of the two engines")
        for line in table(answers):
            terminalreporter.write_line(line)
        if config.getoption("--parity-update"):
            before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
            PAGE.write_text(page(answers, before), encoding="utf-8")
