"""A test that takes `machine` runs on a machine of its own (machine.py)."""

from __future__ import annotations

from pathlib import Path

import machine as machines
import pytest

HERE = Path(__file__).parent


@pytest.fixture
def machine() -> None:
    """A `Machine`, made in the child in which the test runs."""


@pytest.fixture(params=machines.USERS)
def user(request: pytest.FixtureRequest) -> str:
    """Who starts vethlab."""
    return str(request.param)


@pytest.fixture
def pair() -> str:
    """Two machines and a cable: the least that is a lab. It needs no playbook for what it expects."""
    return str(HERE / "pair.yml")


@pytest.fixture
def furnished() -> str:
    """Two machines with containers, an overlay, programs and a name service: all that a lab starts, and must end."""
    return str(HERE / "furnished.yml")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    names = pyfuncitem._fixtureinfo.argnames
    if "machine" not in names:
        return None
    given = {name: pyfuncitem.funcargs[name] for name in names if name != "machine"}
    machines.run_on_a_machine(lambda machine: pyfuncitem.obj(**given, machine=machine))
    return True
