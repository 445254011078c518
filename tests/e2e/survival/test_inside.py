"""What can be seen and done from inside a lab: nothing of the machine, and nothing to it."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from machine import UID, Machine

from vethlab.capsule.idmap import COUNT, ROOT_RANGE


def up(machine: Machine, pair: str, user: str, *names: str) -> None:
    for name in names:
        done = machine.vethlab("up", pair, "--name", name, "--until", "underlay", user=user)
        assert done.returncode == 0, done.stderr


def said(machine: Machine, user: str, place: str, *argv: str, lab: str = "lab") -> str:
    done = machine.vethlab("exec", lab, place, "--", *argv, user=user)
    return str(done.stdout + done.stderr)


def ways_to_the_checkout() -> set[str]:
    """Where homes are covered, the checkout and the Python that runs this are not: their first directories there."""
    there = {*map(Path, (sys.prefix, sys.base_prefix)), Path(__file__).resolve().parents[3]}
    return {
        path.relative_to(home).parts[0] for path in there for home in ("/home", "/root") if path.is_relative_to(home)
    }


@pytest.mark.parametrize("place", ["capsule", "node1"])
def test_the_machine_is_out_of_sight(place: str, user: str, pair: str, machine: Machine) -> None:
    secrets = [Path(d, "secret") for d in ("/root", "/home", "/tmp", "/run", "/dev/shm", "/var/tmp")]
    for secret in secrets:
        secret.write_text("of the machine")
        secret.chmod(0o644)
    machine.run_as("root", ["ip", "link", "add", "host0", "type", "bridge"]).wait()
    up(machine, pair, user, "lab", "other")

    hidden = " ".join(map(str, [*secrets, "/etc/shadow"]))
    found = said(
        machine, user, place, "sh", "-c", f"for f in {hidden}; do test -e $f && echo $f; done; ls -A /home /root"
    )
    assert [word for word in found.split() if word not in ways_to_the_checkout()] == ["/home:", "/root:"]
    assert "host0" not in said(machine, user, place, "ip", "-o", "link")
    assert "other" not in said(machine, user, place, "grep", "-a", "vethlab/", "/proc/net/unix")
    # Every process there is one of the lab, and the machine has more than it sees.
    seen = said(machine, user, place, "sh", "-c", "ls -d /proc/[0-9]* | wc -l")
    assert int(seen) < len([n for n in os.listdir("/proc") if n.isdigit()])
    commands = said(machine, user, place, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "pytest" not in commands
    assert "--name other" not in commands
    assert said(machine, user, place, "find", "/", "-xdev", "-name", "control.sock", "-newer", "/proc/1/ns") == ""


def test_nothing_can_be_written_to_the_system(user: str, pair: str, machine: Machine) -> None:
    up(machine, pair, user, "lab")
    system, own = "/usr/x /bin/x /usr/lib/x /opt/x /x", "/etc/x /tmp/x /var/x /run/x /root/x /dev/shm/x"
    for place in ("node1", "capsule"):
        refused = said(machine, user, place, "sh", "-c", f"for f in {system}; do (echo 1 > $f); done")
        assert refused.count("Read-only file system") == 5, refused
    assert "mount: /usr: " in said(machine, user, "node1", "mount", "-o", "remount,rw", "/usr")
    written = said(machine, user, "node1", "sh", "-c", f"for f in {own}; do echo mine > $f; cat $f; done")
    assert written == "mine\n" * 6
    assert not [path for path in own.split() if Path(path).exists()]
    # What one machine of a lab writes, no other has.
    assert "No such file" in said(machine, user, "node2", "cat", "/etc/x", "/tmp/x")
    # Sysctls that are not of a namespace stay the machine's.
    assert said(machine, user, "node1", "sh", "-c", "echo 1 > /proc/sys/kernel/sysrq") != ""


def test_there_is_no_way_out(user: str, pair: str, machine: Machine) -> None:
    up(machine, pair, user, "lab")
    assert said(machine, user, "capsule", "ip", "route", "show", "table", "all", "type", "unicast") == ""
    routes = said(machine, user, "node1", "ip", "-4", "route").splitlines()
    assert [route.split()[0] for route in routes] == ["192.168.1.0/24"]
    assert "nreachable" in said(machine, user, "node1", "ping", "-c1", "-W1", "1.1.1.1")


def test_root_inside_is_nobody_outside(user: str, pair: str, machine: Machine) -> None:
    up(machine, pair, user, "lab")
    lines = said(machine, user, "capsule", "cat", "/proc/self/uid_map").splitlines()
    (mapped,) = [tuple(map(int, line.split())) for line in lines]
    if user == "user":
        assert mapped == (0, UID, 1)
    elif machine.real_root:
        assert mapped == (0, ROOT_RANGE, COUNT)
    else:
        assert mapped == (0, 0, 1)
    pid = machine.labs(user)[0]["pid"]
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner == (mapped[1] if machine.real_root else 0), "the machine's root is one with its user"


def test_only_its_owner_speaks_to_a_lab(user: str, pair: str, machine: Machine) -> None:
    up(machine, pair, user, "lab")
    pid = machine.labs(user)[0]["pid"]
    socket = Path(f"/proc/{pid}/root/run/vethlab/control.sock")
    found = socket.stat()
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == Path(f"/proc/{pid}").stat().st_uid
    if machine.real_root:
        other = "root" if user == "user" else "user"
        curl = machine.run_as("user", ["curl", "-sS", "--unix-socket", str(socket), "http://lab/lab"])
        out, err = curl.communicate()
        assert bool(out) == (other == "root")
        assert (curl.returncode == 0) == (other == "root"), err
