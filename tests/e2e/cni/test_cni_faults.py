"""Faults of what gives pods their network: new pods are stuck and say why, old ones go on, and the remedy heals."""

from __future__ import annotations

import pytest

from vethlab.errors import CniError
from vethlab.faults import Fault, cni
from vethlab.outcome import Reached
from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("cni-plugins")


def inject(lab: RunningLab, fault: Fault) -> None:
    for command in fault.commands:
        lab.run(command.place, *command.argv)


def refused(lab: RunningLab, node: str = "node1") -> CniError:
    """Why a new pod cannot be had."""
    with pytest.raises(CniError) as raised:
        lab.cni(node, "add", "late")
    return raised.value


def five_more(lab: RunningLab) -> None:
    """Five new pods with an address each, which are reached; and gone again."""
    names = [f"late{n}" for n in range(5)]
    given = {lab.cni("node1", "add", name)["ips"][0]["address"] for name in names}
    assert len(given) == 5
    for name in names:
        assert lab.probe("far", name, tcp=7) == Reached("10.244.2.2", name)
        lab.cni("node1", "del", name)


def test_k12_the_first_list_names_a_plugin_that_is_not_there(lab: RunningLab) -> None:
    inject(lab, cni.bad_configuration(lab.world, "node1"))
    error = refused(lab)
    assert error.msg.startswith('failed to find plugin "nope" in path')
    assert (error.place, error.file) == ("node1/late", "/etc/cni/net.d/00-x.conflist")
    assert lab.check().ok
    lab.run("node1", "rm", "/etc/cni/net.d/00-x.conflist")
    five_more(lab)


def test_k13_the_range_is_exhausted(lab: RunningLab) -> None:
    inject(lab, cni.range_exhausted(lab.world, "node1"))
    assert (
        refused(lab).msg
        == "failed to allocate for range 0: no IP addresses available in range set: 10.244.1.2-10.244.1.4"
    )
    assert lab.check().ok
    lab.run("node1", "sed", "-i", 's/, "rangeStart": "[^"]*", "rangeEnd": "[^"]*"//', "/etc/cni/net.d/10-pods.conflist")
    five_more(lab)
    assert lab.converge()["changed"] == 0


def test_k13_the_leases_have_leaked(lab: RunningLab) -> None:
    """The remedy is to delete the orphans alone: what is in use stays in use."""
    inject(lab, cni.leaked_leases(lab.world, "node1"))
    assert "no IP addresses available in range set: 10.244.1.1-10.244.1.254" in refused(lab).msg
    assert lab.check().ok
    lab.run("node1", "sh", "-ec", "cd /var/lib/cni/networks/pods; grep -l ^gone * | xargs rm")
    five_more(lab)


@pytest.mark.topology("cni-plugins", fresh=True)
def test_k14_two_nodes_give_the_same_addresses(lab: RunningLab) -> None:
    """A new pod of node2 has the address of one on node1, which answers for it; node2's pods have lost their way."""
    inject(lab, cni.overlapping_prefix(lab.world, "node2", "node1"))
    twin = lab.cni("node2", "add", "twin")["ips"][0]["address"].split("/")[0]
    assert twin == lab.address("web") == "10.244.1.2"
    for node in ("node1", "node2"):
        assert lab.probe(node, twin, tcp=7) == Reached(identity="web")
    failed = {frozenset((o.row.source, o.row.target)) for o in lab.check().failures}
    here, there = {"web", "slow", "pod1"}, {"far", "pod2", "twin"}
    assert {frozenset((a, b)) for a in here for b in there} <= failed
    assert [set(pair) for pair in failed if not pair & there] == []
