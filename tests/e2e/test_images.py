"""Images that are programs of the machine (catalogue.yml): what they serve is found behind a published port."""

from __future__ import annotations

import time

import pytest

from vethlab.outcome import Http, Refused
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("images.yml")


@pytest.mark.parametrize(("name", "port"), [("site", 8080), ("shop", 8081)])
def test_httpd_serves_its_own_name(lab: RunningLab, name: str, port: int) -> None:
    """Though containers of one host share most of their files."""
    assert lab.probe("node2", "node1", http=port) == Http(200)
    said = lab.run("node2", "curl", "-s", f"http://{lab.address('node1')}:{port}/").stdout
    assert said == f"{name}\n"


def test_it_is_the_program_that_answers(lab: RunningLab) -> None:
    """Without it nothing does: the container has ended, and its port is published no more."""
    assert lab.probe("node2", "node1", http=8082) == Http(200)
    lab.run("closing", "pkill", "-f", "busybox httpd")
    deadline = time.monotonic() + 10
    while "closing" in lab.state.places:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert lab.probe("node2", "node1", http=8082) == Refused()
    assert lab.probe("node2", "node1", http=8080) == Http(200)
