"""Calico's addresses, of blocks that hosts claim and borrow of: on the wire, in the kernel, and in `inspect`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from namespaces import eventually
from vethlab.outcome import Reached, Timeout, Unreachable
from vethlab.running import RunningLab


def blocks(lab: RunningLab, node: str) -> dict[str, dict[str, Any]]:
    argv = [sys.executable, "-m", "vethlab", "inspect", lab.name, "--json"]
    document = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    found = next(n["blocks"] for n in document["nodes"] if n["name"] == node)
    return {block["subnet"]: block for block in found}


@pytest.mark.topology("podnet-calico-blocks")
def test_whosever_block_it_is_of_a_pod_is_reached(lab: RunningLab) -> None:
    """Borrowed addresses are announced one by one, blocks whole; what is not there is nobody's."""
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0
    routes = lab.run("node2", "ip", "route", "show", "proto", "bird").stdout.split("\n")
    ways = {line.split(" dev ")[0].strip() for line in routes if " via " in line}
    through_node1 = {f"{p} via 192.168.1.101" for p in ("10.244.0.0/30", "10.244.0.4/30", "10.244.0.9", "10.244.0.10")}
    assert ways == through_node1 | {"10.244.0.12/30 via 192.168.1.103"}


@pytest.mark.topology("podnet-calico-blocks")
def test_inspect_tells_whose_is_what(lab: RunningLab) -> None:
    own, second = blocks(lab, "node1")["10.244.0.4/30"], blocks(lab, "node1")["10.244.0.0/30"]
    assert (own["used"], own["free"], second["used"], second["lent"]) == (4, 0, 4, {})
    lent = blocks(lab, "node2")["10.244.0.8/30"]
    assert (lent["lent"], lent["free"]) == ({"10.244.0.9": "node1", "10.244.0.10": "node1"}, 0)
    assert blocks(lab, "node3")["10.244.0.12/30"]["free"] == 2


@pytest.mark.topology("podnet-calico-blocks")
def test_a_pod_that_ended_unnoticed_leaks_its_address(lab: RunningLab) -> None:
    pid = lab.state.places["many8"].pid
    lab.run("capsule", "kill", "-9", str(pid))
    eventually(lambda: blocks(lab, "node2")["10.244.0.8/30"]["leaked"] == ["10.244.0.9"])
    told = subprocess.run(
        [sys.executable, "-m", "vethlab", "inspect", lab.name], capture_output=True, text=True, check=True
    ).stdout
    assert "block 10.244.0.8/30: 0 of 4 addresses free, lent: 10.244.0.9 to node1, 10.244.0.10 to node1" in told
    # Its route went with its interface, so the owner of the block is asked again, and has nobody there.
    eventually(lambda: "10.244.0.9 " not in lab.run("node3", "ip", "route").stdout)
    assert lab.probe("few3", "many8", tcp=7) in (Timeout(), Unreachable("host"))
    assert lab.probe("few3", "many9", tcp=7) == Reached("10.244.0.13", "many9")


@pytest.mark.topology("blocks-vxlan.yml")
def test_borrowed_addresses_have_a_tunnel_too(lab: RunningLab) -> None:
    """Both families: the borrower's tunnel end is the gateway to each; a second converge changes nothing."""
    verdict = lab.check()
    assert [f"{o.row.source} → {o.row.target} {o.row.probe}: {o.observed}" for o in verdict.failures] == []
    assert verdict.summary.not_measured == 0
    assert len(lab.world.machines["node1"].pods.borrowed) == 4  # type: ignore[union-attr]
    routes = lab.run("node2", "ip", "route", "show", "dev", "vxlan.calico").stdout
    assert "10.244.0.9 via 10.244.0.4" in routes
    assert lab.converge()["changed"] == 0
