"""The workflow for the public forge runs the README's own two commands, on the systems the README names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

REPO = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((REPO / ".github/workflows/ci.yml").read_text())


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_every_job_runs_the_two_commands() -> None:
    assert WORKFLOW["jobs"]
    for job in WORKFLOW["jobs"].values():
        assert [c for c in commands(job) if c in ("./vethlab run", "./vethlab test")] == [
            "./vethlab run",
            "./vethlab test",
        ]


def test_the_systems_are_those_of_the_readme() -> None:
    readme = (REPO / "README.md").read_text()
    named = {job.get("name", "") for job in WORKFLOW["jobs"].values()}
    named |= {each["system"] for each in WORKFLOW["jobs"]["suite"]["strategy"]["matrix"]["include"]}
    assert {"Debian 12", "Ubuntu 22.04", "Ubuntu 24.04"} <= named
    assert "Debian 12 and 13 and on Ubuntu 22.04 and 24.04" in readme.replace("\n", " ")


def test_every_job_loads_what_nothing_loads_by_itself_before_the_first_lab() -> None:
    """A container has the runner's kernel, and its modules only where they are shown to it."""
    assert (REPO / "vagrant/modules-load.conf").exists()
    for job in WORKFLOW["jobs"].values():
        found = commands(job)
        loads = [i for i, c in enumerate(found) if "vagrant/modules-load.conf" in c and "modprobe" in c]
        assert loads
        assert loads[0] < found.index("./vethlab run")
        if "container" in job:
            assert "--volume /lib/modules:/lib/modules:ro" in job["container"]["options"]
            assert any("kmod" in c and "apt-get install" in c for c in found)
