"""A container that is made anew, as an orchestrator would: the same name and address, and nothing of before."""

from __future__ import annotations

import pytest

from vethlab.client import call
from vethlab.outcome import Http
from vethlab.running import RunningLab


@pytest.mark.topology("single-host-docker", fresh=True)
def test_a_container_is_made_anew(lab: RunningLab) -> None:
    name = next(n for n, p in lab.state.places.items() if p.kind == "container" and p.publish)
    before = lab.state.places[name]
    lab.run(name, "touch", "/tmp/mark")
    for _ in range(2):
        call(lab.registered, "/recreate", {"name": name})
        now = lab.state.places[name]
        assert (now.addresses, now.networks) == (before.addresses, before.networks)
        assert now.pid != before.pid
        assert lab.run(name, "test", "-e", "/tmp/mark", check=False).returncode == 1
        there = lab.run(before.node, "nsenter", f"--net=/run/docker/netns/{name}", "ip", "-br", "address").stdout
        assert before.addresses[0] in there
    verdict = lab.check()
    assert verdict.ok, verdict.failures
    assert any(isinstance(o.observed, Http) for o in verdict.observations if o.row.target == name)


@pytest.mark.topology("docker-two-tier", fresh=True)
def test_every_interface_is_made_anew(lab: RunningLab) -> None:
    name = next(n for n, s in lab.world.sandboxes.items() if len(s.nics) > 1)
    call(lab.registered, "/recreate", {"name": name})
    there = lab.run(name, "ip", "-br", "address").stdout
    assert all(str(a.ip) in there for n in lab.world.sandboxes[name].nics for a in n.addresses)
    assert "172.19.0.10" in lab.run(name, "getent", "hosts", "db").stdout
    verdict = lab.check()
    assert verdict.ok, verdict.failures
