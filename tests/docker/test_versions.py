"""What changed between versions of Docker, asked of the emulated engine as each of those before."""

from __future__ import annotations

from typing import get_args

import pytest
from behaviour import Behaviour
from options import OPTIONS
from parity_page import SECTIONS

from vethlab.docker_versions import CHANGES
from vethlab.model import EngineVersion
from vethlab.running import RunningLab

CHANGED = [behaviour for rows in SECTIONS.values() for behaviour in rows if behaviour.change]
#: Seen by no question to a lab: tests/unit/test_docker_versions.py.
BY_DOCUMENT = {"gateway-priority", "dns-names", "internal-gateway"}


@pytest.fixture(scope="module")
def engine() -> str:
    return "emulated"


@pytest.fixture(scope="module", params=get_args(EngineVersion)[:-1])
def engine_version(request: pytest.FixtureRequest) -> EngineVersion:
    version: EngineVersion = request.param
    return version


def parameters() -> list[object]:
    files = {b: pytest.mark.topology("parity-options.yml" if b in OPTIONS else "parity.yml") for b in CHANGED}
    return [pytest.param(b, id=b.name, marks=file) for b, file in files.items()]


@pytest.mark.parametrize("behaviour", parameters())
def test_as_that_version_does(lab: RunningLab, behaviour: Behaviour, engine_version: EngineVersion) -> None:
    assert behaviour.ask(lab) == behaviour.expected(engine_version), behaviour.says


def test_every_change_is_seen() -> None:
    assert {b.change for b in CHANGED} | BY_DOCUMENT == set(CHANGES)
