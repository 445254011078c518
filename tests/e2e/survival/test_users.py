"""Nobody in particular, whom no file of the machine names, runs what root runs, and the same comes of it."""

from __future__ import annotations

import json
import os

import pytest
from machine import Machine

#: One of each kind of program: Docker's rules, a tunnel of the kernel's, BIRD, the sleeveless Weave, Open vSwitch.
TOPOLOGIES = ("docker-published", "podnet-flannel-vxlan", "podnet-calico-bgp", "podnet-weave", "podnet-geneve")
NEEDS_TUN = {"podnet-geneve"}


def tun_is_everyones() -> bool:
    """As udev leaves it on a machine; root alone may open it in some containers, and then root makes no other one."""
    return os.path.exists("/dev/net/tun") and os.stat("/dev/net/tun").st_mode & 0o006 == 0o006


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_everything_is_measured_and_met(topology: str, machine: Machine) -> None:
    done = machine.vethlab("run", topology, "--json", user="user")
    if topology in NEEDS_TUN and not tun_is_everyones():
        assert done.returncode == 3
        assert "needs tun" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert summary["total"] > 100
    assert (summary["met"], summary["failed"], summary["not_measured"]) == (summary["total"], 0, 0)
