"""Switches that keep VLANs apart: the kernel's bridge, and Open vSwitch with the kernel's datapath."""

from __future__ import annotations

from pathlib import Path

from pair import answers, needs, silent, told

from namespaces import Namespaces, eventually
from vethlab import programs

#: Where Open vSwitch has its sockets; a capsule's /run is its own.
RUN = Path("/run/openvswitch")
SCHEMA = "usr/share/openvswitch/vswitch.ovsschema"


def star(netns: Namespaces) -> None:
    """near (10.0.0.1) and far (10.0.0.2), each on a port of `switch` that has its name."""
    netns.node("switch", "near", "far")
    netns.cable("near", "eth0", "switch", "near", "10.0.0.1/24")
    netns.cable("far", "eth0", "switch", "far", "10.0.0.2/24")


def test_a_bridge_that_filters_keeps_vlans_apart(netns: Namespaces) -> None:
    needs("bridge VLAN filtering")
    star(netns)
    netns.ip("switch", "link add br0 type bridge vlan_filtering 1", "link set br0 up")
    netns.ip("switch", "link set near master br0", "link set far master br0")
    access(netns, "near", 5, instead_of=1)
    access(netns, "far", 5, instead_of=1)
    assert answers(netns, "near", "10.0.0.2")
    access(netns, "far", 6, instead_of=5)
    assert silent(netns, "near", "10.0.0.2")
    access(netns, "far", 5, instead_of=6)
    assert answers(netns, "near", "10.0.0.2")


def access(netns: Namespaces, port: str, number: int, instead_of: int) -> None:
    """Make it an access port of that VLAN (bridge(8))."""
    told(netns, "switch", f"bridge vlan del dev {port} vid {instead_of}")
    told(netns, "switch", f"bridge vlan add dev {port} vid {number} pvid untagged")


def test_open_vswitch_in_the_kernel_carries_packets_and_keeps_tags_apart(netns: Namespaces) -> None:
    needs("Open vSwitch datapath", "ovs-vswitchd")
    star(netns)
    start_open_vswitch(netns)
    vsctl(netns, "add-br br0 -- add-port br0 near -- add-port br0 far")
    assert answers(netns, "near", "10.0.0.2")
    vsctl(netns, "set port far tag=5")
    eventually(lambda: silent(netns, "near", "10.0.0.2"), 60)  # flows that the kernel has already are looked at later
    vsctl(netns, "clear port far tag")
    assert answers(netns, "near", "10.0.0.2")
    assert "openvswitch" in told(netns, "switch", "ip -details link show dev ovs-system")


def start_open_vswitch(netns: Namespaces) -> None:
    """Its two daemons, in the place called switch; they end with the capsule."""
    RUN.mkdir()
    database = RUN / "conf.db"
    netns.run("switch", str(programs.find("ovsdb-tool")), "create", str(database), str(schema()))
    daemon(netns, "ovsdb-server", str(database), f"--remote=punix:{RUN}/db.sock")
    daemon(netns, "ovs-vswitchd", f"unix:{RUN}/db.sock")


def daemon(netns: Namespaces, name: str, *argv: str) -> None:
    """Returns once it serves (ovs-vswitchd(8), --detach)."""
    own = (f"--unixctl={RUN}/{name}.ctl", f"--pidfile={RUN}/{name}.pid", f"--log-file={RUN}/{name}.log", "--detach")
    netns.run("switch", str(programs.find(name)), *argv, *own)


def vsctl(netns: Namespaces, command: str) -> None:
    """Returns once the switch has done it."""
    netns.run("switch", str(programs.find("ovs-vsctl")), f"--db=unix:{RUN}/db.sock", "--timeout=60", *command.split())


def schema() -> Path:
    """Installed, or in the tree of unpacked packages."""
    unpacked = programs.unpacked()
    roots = [Path("/"), *([unpacked / "root"] if unpacked else [])]
    return next(root / SCHEMA for root in roots if (root / SCHEMA).exists())
