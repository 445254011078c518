"""Whole labs: both families with Docker beside, and one whose addresses do not suffice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vethlab.running import RunningLab

HERE = Path(__file__).parent


@pytest.mark.topology("dual.yml")
def test_both_families_beside_docker(lab: RunningLab) -> None:
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.total > 200


def test_a_pod_without_an_address_stops_no_other() -> None:
    """`up` says which pod and why, and fails; with --keep the others can be used, and the one is there, unplugged."""
    name = f"exhausted{os.getpid()}"

    def vethlab(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "vethlab", *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    made = vethlab("up", str(HERE / "exhausted.yml"), "--name", name, "--keep", "--json")
    try:
        error = json.loads(made.stdout)
        assert (made.returncode, error["error"], error["place"]) == (1, "CniError", "node/pod3")
        assert "no IP addresses available in range set: 10.244.1.2-10.244.1.3" in error["msg"]
        probed = vethlab("probe", name, "pod1", "pod2", "--tcp", "7", "--json")
        assert json.loads(probed.stdout)["observed"]["identity"] == "pod2"
        links = vethlab("exec", name, "pod3", "--", "ip", "-json", "link").stdout
        assert [link["ifname"] for link in json.loads(links)] == ["lo"]
        (pool,) = json.loads(vethlab("inspect", name, "--json").stdout)["nodes"][0]["cni"]["pools"]
        assert (pool["size"], pool["used"], pool["free"], pool["leaked"]) == (2, 2, 0, [])
    finally:
        vethlab("down", name)
