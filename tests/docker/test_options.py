"""What hosts may be told otherwise, on both engines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from behaviour import Behaviour
from options import OPTIONS

from vethlab.model import EngineVersion
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("parity-options.yml")


@pytest.mark.parametrize("behaviour", OPTIONS, ids=lambda b: b.name)
def test_option(
    lab: RunningLab, behaviour: Behaviour, version: EngineVersion, record: Callable[[Behaviour, str], None]
) -> None:
    answer = behaviour.ask(lab)
    record(behaviour, answer)
    assert answer == behaviour.expected(version), behaviour.says


def test_as_predicted(lab: RunningLab, version: EngineVersion) -> None:
    verdict = lab.check()
    assert verdict.ok, (version, verdict.failures)
