"""What doctor says to do about a feature that is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vethlab.feature import FEATURES, Feature, modules_here, remedy


def feature(name: str) -> Feature:
    return next(f for f in FEATURES if f.name == name)


@pytest.mark.parametrize(
    ("name", "said", "loadable", "wanted"),
    [
        ("netem", "Error: Specified qdisc kind is unknown.", {"sch_netem"}, "sudo modprobe sch_netem"),
        ("netem", "Error: Specified qdisc kind is unknown.", set(), "this kernel comes without sch_netem; Debian's"),
        ("bridge VLAN filtering", "Operation not supported", {"bridge"}, "this kernel comes without bridge VLAN"),
        ("conntrack", "sh: 1: conntrack: not found", set(), "sudo apt-get install conntrack"),
        ("conntrack", "Operation failed: not supported", {"nf_conntrack_netlink"}, "sudo modprobe nf_conntrack"),
        ("dnsmasq", "the program dnsmasq is not on this machine", set(), "sudo apt-get install dnsmasq-base"),
        ("tun", "open: Permission denied", {"tun"}, "sudo chmod 666 /dev/net/tun"),
        ("tun", "open: No such file or directory", set(), "sudo modprobe tun"),
    ],
)
def test_the_remedy_fits_the_machine(name: str, said: str, loadable: set[str], wanted: str) -> None:
    assert remedy(feature(name), said, frozenset(loadable)).startswith(wanted)


def test_modules_are_read_from_the_running_kernels_tree(tmp_path: Path) -> None:
    tree = tmp_path / os.uname().release
    tree.mkdir()
    tree.joinpath("modules.dep").write_text(
        "kernel/net/sched/sch_netem.ko:\nkernel/drivers/net/ip-vlan.ko.xz: kernel/net/core.ko\n"
    )
    assert modules_here(tmp_path) == {"sch_netem", "ip_vlan"}
    assert modules_here(tmp_path / "none") == frozenset()


def test_every_feature_says_what_needs_it() -> None:
    names = [f.name for f in FEATURES]
    assert len(names) == len(set(names))
    assert all(f.needed_by for f in FEATURES)
    assert {"veth", "bridge", "vxlan", "br_netfilter", "iptables", "nftables"} <= {
        f.name for f in FEATURES if f.required
    }
