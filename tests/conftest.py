"""Tests that take `lab` run in namespaces of their own (namespaces.py)."""

from __future__ import annotations

import pytest

from namespaces import Lab, run_in_namespaces


@pytest.fixture
def lab() -> None:
    """A `Lab`, made in the child in which the test runs."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    names = pyfuncitem._fixtureinfo.argnames
    if "lab" not in names:
        return None
    given = {name: pyfuncitem.funcargs[name] for name in names if name != "lab"}
    run_in_namespaces(lambda: pyfuncitem.obj(**given, lab=Lab()))
    return True
