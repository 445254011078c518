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


def test_commands_that_need_files_name_those_there_are() -> None:
    assert (REPO / "vagrant/modules-load.conf").exists()
    assert any("vagrant/modules-load.conf" in c for job in WORKFLOW["jobs"].values() for c in commands(job))
