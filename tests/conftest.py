"""What every test may ask for. A test that takes `netns` runs in namespaces of its own (namespaces.py)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from namespaces import Namespaces, run_in_namespaces

pytest_plugins = ["pytester"]

# How long an example takes says more of the machine's load than of us.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-update", action="store_true", help="write the golden files anew; read them afterwards")


@pytest.fixture(scope="session")
def golden_update(request: pytest.FixtureRequest) -> bool:
    """True when the golden files are to be written rather than compared."""
    return bool(request.config.getoption("--golden-update"))


@pytest.fixture
def netns() -> None:
    """A `Namespaces`, made in the child in which the test runs."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    names = pyfuncitem._fixtureinfo.argnames
    if "netns" not in names:
        return None
    given = {name: pyfuncitem.funcargs[name] for name in names if name != "netns"}
    run_in_namespaces(lambda: pyfuncitem.obj(**given, netns=Namespaces()))
    return True
