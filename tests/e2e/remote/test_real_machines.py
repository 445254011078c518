"""The playbooks and the suite over SSH, on machines that are reached in no other way."""

from __future__ import annotations

import subprocess

import pytest

from conftest import HOSTS, Controller  # type: ignore[import-not-found]
from namespaces import eventually

pytestmark = [pytest.mark.topology("office.yml"), pytest.mark.xdist_group("remote")]
INVENTORY = ("--inventory", "/root/hosts.ini")

#: Runs in a machine: as soon as that command succeeds, all of its SSH sessions die.
DROP = """
until "$@" >/dev/null 2>&1; do sleep 0.01; done
ps -eo pid=,args= | while read -r pid command; do
  case $command in sshd:*) kill -9 "$pid";; esac
done
"""


def traces(controller: Controller) -> dict[str, tuple[str, str, str]]:
    """What an agent could leave on a machine: processes, links, files in the places for temporary ones."""
    return {
        host: (
            controller.lab.run(host, "ps", "-eo", "comm=").stdout.replace("sshd\n", ""),  # Ansible holds one a while
            controller.lab.run(host, "ip", "-brief", "link").stdout,
            controller.lab.run(host, "find", "/tmp", "/root", "/dev/shm", "/run", "-newer", "/run/sshd.pid").stdout,
        )
        for host in HOSTS
    }


def test_playbooks_and_then_the_suite(controller: Controller) -> None:
    first = controller.converge()
    assert all(first["nodes"][host]["changed"] for host in HOSTS)
    assert controller.said("converge", "--inventory", controller.only("node1"))["changed"] == 0

    before = traces(controller)
    found = controller.said("check", *INVENTORY)
    assert found["summary"]["total"] > 100
    assert found["summary"]["met"] == found["summary"]["total"], [r for r in found["rows"] if not r["met"]][:3]
    assert {row["source"] for row in found["rows"]} >= {*HOSTS, "pod1", "pod2", "pod3", "web"}
    # A bridge whose last port is gone is UP for up to a second more: the kernel looks at links once in one.
    eventually(lambda: traces(controller) == before)


def test_a_broken_machine_is_seen(controller: Controller) -> None:
    """The same rows fail when what they are about is broken."""
    controller.converge()
    controller.lab.run("node1", "iptables", "-t", "nat", "-F", "DOCKER")
    try:
        done = controller.vethlab("check", *INVENTORY)
    finally:
        controller.lab.run("node1", "iptables", "-t", "nat", "-A", "DOCKER", *DNAT)
    assert done.returncode == 1
    assert "node2 → web  http 192.168.1.101:8080" in done.stdout
    assert "observed  refused" in done.stdout


DNAT = (
    "!",
    "-i",
    "docker0",
    "-p",
    "tcp",
    "-m",
    "tcp",
    "--dport",
    "8080",
    "-j",
    "DNAT",
    "--to-destination",
    "172.17.0.2:80",
)


def drop_during(controller: Controller, until: tuple[str, ...], verb: str) -> subprocess.CompletedProcess[str]:
    """What the verb came to when node3 dropped off in the middle: as soon as the command `until` succeeds there."""
    dropping = subprocess.Popen(controller.command("node3", "sh", "-c", DROP, "drop", *until))
    try:
        return controller.vethlab(verb, *INVENTORY)
    finally:
        dropping.kill()
        dropping.wait()
        controller.restart("node3")


def test_a_machine_that_drops_off_in_the_middle(controller: Controller) -> None:
    """Its own rows are not measured, which is no success; those of the others are, and it is said who is missing."""
    controller.converge()
    cable = controller.lab.world.sandboxes["pod3"].veth
    done = drop_during(controller, ("ip", "link", "show", "dev", cable), "check")
    assert done.returncode == 1
    assert "vethlab: node3 dropped off in the middle: " in done.stderr
    assert "not measured" in done.stdout
    assert "node3 dropped off: " in done.stdout
    left = controller.lab.run("node3", "ip", "-brief", "link").stdout
    assert cable not in left, "the visitor went with its connection"


def test_a_machine_that_drops_off_while_it_is_configured(controller: Controller) -> None:
    """It is named, and the others are finished; once it is back the playbooks take up where they were."""
    controller.converge()
    for host in HOSTS:
        controller.lab.run(host, "ip", "link", "del", "flannel.1")
        controller.lab.run(host, "sysctl", "-qw", "net.ipv4.ip_forward=0")  # the first that is set again
    done = drop_during(controller, ("grep", "-q", "1", "/proc/sys/net/ipv4/ip_forward"), "converge")
    assert done.returncode == 1
    assert done.stderr.startswith("vethlab: converge failed on node node3, ")
    made = {h for h in HOSTS if controller.lab.run(h, "ip", "link", "show", "flannel.1", check=False).returncode == 0}
    assert made == {"node1", "node2"}
    assert controller.said("converge", "--inventory", controller.only("node3"))["nodes"]["node3"]["changed"] > 0


def test_a_machine_that_is_not_the_one_we_know(controller: Controller) -> None:
    """And one that does not answer: both are told, and nobody is asked anything."""
    known = controller.lab.run("controller", "cat", "/root/.ssh/known_hosts").stdout.splitlines()
    keys = [line.split(maxsplit=1) for line in known]
    swapped = [f"{address} {keys[number - 1][1]}" for number, (address, _) in enumerate(keys)]
    controller.write("/root/swapped", "\n".join(swapped) + "\n")
    inventory = controller.lab.run("controller", "cat", "/root/hosts.ini").stdout
    wrong = "ansible_ssh_common_args='-o UserKnownHostsFile=/root/swapped'"
    changed = inventory.replace("node2 ", f"node2 {wrong} ").replace("node3 ", "node3 ansible_port=9 ")
    controller.write("/root/changed.ini", changed)
    done = controller.vethlab("check", "--inventory", "/root/changed.ini")
    assert done.returncode == 1
    assert done.stderr.startswith("vethlab: node2 cannot be reached: Host key verification failed.\n")
    assert "ssh-keyscan 192.168.1.102 >> ~/.ssh/known_hosts" in done.stderr
    assert "node3 cannot be reached: ssh: connect to host 192.168.1.103 port 9: Connection refused" in done.stderr

    done = controller.vethlab("converge", "--inventory", controller.only("node3", of=changed))
    assert done.returncode == 1
    assert done.stderr.startswith("vethlab: converge failed on node node3, ")
    assert "Connection refused" in done.stderr


def test_an_inventory_of_other_machines(controller: Controller) -> None:
    controller.write("/root/others.ini", "nod1 ansible_host=192.168.1.101\n")
    done = controller.vethlab("check", "--inventory", "/root/others.ini", "/root/office.yml")
    assert done.returncode == 2
    assert "no node of office is named 'nod1', did you mean 'node1'?" in done.stderr
    done = controller.vethlab("check", "--inventory", "/root/others.ini")
    assert done.returncode == 2
    assert "which topology are these machines?" in done.stderr
