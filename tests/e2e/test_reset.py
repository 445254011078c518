"""A reset destroys what there is and makes it anew: nothing of before is left, and everything works."""

from __future__ import annotations

import pytest

from vethlab.running import RunningLab

pytestmark = pytest.mark.topology("two-node-pods", fresh=True)


def furniture(lab: RunningLab) -> tuple[list[str], list[str]]:
    """The links of the capsule, and the commands of all processes."""
    links = lab.run("capsule", "ip", "-br", "link").stdout.splitlines()
    processes = lab.run("capsule", "ps", "-eo", "args=").stdout.splitlines()
    return sorted(line.split()[0].partition("@")[0] for line in links), sorted(
        p for p in processes if "ps -eo" not in p
    )


def test_a_reset_leaves_nothing_of_before(lab: RunningLab) -> None:
    before = furniture(lab)
    lab.run("node1", "sh", "-c", "touch /etc/mark /var/lib/mark; ip link del cni0; sysctl -qw net.ipv4.ip_forward=0")
    lab.run("node2", "sh", "-c", "iptables -P FORWARD DROP; sleep 600 >/dev/null 2>&1 & ip link del eth0")
    assert not lab.check().ok
    for _ in range(2):
        lab.reset()
        assert lab.check().ok
        assert furniture(lab) == before
        assert lab.run("node1", "ls", "/etc/mark", "/var/lib/mark", check=False).returncode == 2
