"""What a machine cannot: a sentence that says what to do, exit status 3, and nothing left."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
from pathlib import Path
from typing import Any

import pytest
from machine import UID, Machine
from snapshot import Snapshot

from vethlab import syscalls
from vethlab.namespace import libc_call
from vethlab.syscalls import CLONE_NEWUSER


def refused(machine: Machine, *arguments: str, status: int = 3, **more: Any) -> str:
    """What vethlab says in refusing, having left nothing."""
    before = Snapshot.take()
    done = machine.vethlab(*arguments, **more)
    assert done.returncode == status, f"{done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    before.must_come_back()
    return str(done.stderr)


@pytest.mark.parametrize("size", ["8k", "64k", "256k"])
def test_a_disk_too_small(size: str, user: str, pair: str, machine: Machine) -> None:
    said = refused(machine, "run", pair, "--size", size, user=user)
    assert said == f"vethlab: the lab's disk of {size[:-1]} KiB is full\n  give it more with --size, as in --size 4g\n"


def test_a_disk_full_while_converging(user: str, pair: str, machine: Machine) -> None:
    machine.vethlab("up", pair, "--name", "lab", "--until", "underlay", "--size", "8m", user=user)
    machine.vethlab("exec", "lab", "capsule", "--", "dd", "if=/dev/zero", "of=/var/fill", "bs=4k", user=user)
    done = machine.vethlab("converge", "lab", user=user)
    assert done.returncode == 3
    assert "the lab's disk of 8192 KiB is full" in done.stderr


@pytest.mark.parametrize(
    ("program", "package"), [("mnexec", "mininet"), ("dnsmasq", "dnsmasq-base"), ("busybox", "busybox-static")]
)
def test_a_missing_program(program: str, package: str, machine: Machine) -> None:
    machine.hide(program)
    topology = Path("/tmp/t.yml")
    topology.write_text(
        "name: t\nswitches: {lan: {subnets: [192.168.1.0/24]}}\n"
        "nodes: {node: {count: 2, links: [lan], runs: [httpd]}}\n"
        "dns: {}\nexpect: [{from: nodes, to: nodes, icmp: true, outcome: reached}]\n"
    )
    said = refused(machine, "run", str(topology))
    assert f"needs the program {program}, which is not on this machine\n  sudo apt-get install {package}" in said


def test_an_image_whose_program_is_missing(machine: Machine) -> None:
    """nginx is in the catalogue, and no package that vethlab asks for brings it."""
    if shutil.which("nginx"):
        machine.hide("nginx")
    topology = Path("/tmp/t.yml")
    topology.write_text(
        "name: t\nswitches: {lan: {subnets: [192.168.1.0/24]}}\nnodes: {node: {links: [lan]}}\ndocker: {}\n"
        "containers: {site: {node: node, image: nginx, publish: ['8080:80']}}\n"
        "expect: [{from: node, to: site, http: 8080, published: true, outcome: http, status: 200}]\n"
    )
    said = refused(machine, "run", str(topology))
    assert said == (
        "vethlab: image 'nginx' needs the program nginx, which is not on this machine\n"
        "  sudo apt-get install nginx-light   or choose another image\n"
    )


def test_a_delay_without_netem(machine: Machine) -> None:
    Path("/tmp/slow.yml").write_text(
        "name: slow\nswitches: {lan: {subnets: [192.168.1.0/24]}}\n"
        "nodes: {node: {count: 2, links: [{switch: lan, delay: 20ms}]}}\n"
        "expect: [{from: nodes, to: nodes, icmp: true, outcome: reached}]\n"
    )
    features = json.loads(machine.vethlab("doctor", "--json").stdout)["features"]
    if next(f["works"] for f in features if f["name"] == "netem"):
        pytest.skip("this kernel has netem")
    said = refused(machine, "run", "/tmp/slow.yml")
    assert said == (
        "vethlab: this kernel has no netem, so a link cannot have a delay\n"
        "  take `delay` out of the topology, or load the module: sudo modprobe sch_netem\n"
    )


def test_no_user_namespaces(user: str, pair: str, machine: Machine) -> None:
    """In a user namespace in between, as the limit is one of user namespaces (namespaces(7)); the host's stays."""

    def forbid() -> None:
        become = machine.becoming(user)
        if become:
            become()
        uid, gid = os.getuid(), os.getgid()
        libc_call("unshare", CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
        Path("/proc/sys/user/max_user_namespaces").write_text("0")

    said = refused(machine, "run", pair, preexec_fn=forbid)
    assert "this machine refuses to make a capsule: " in said
    assert "allow user namespaces with: sudo sysctl -w user.max_user_namespaces=10000\n" in said


def test_apparmor_restricts_user_namespaces(machine: Machine) -> None:
    """As Ubuntu 24.04: an ordinary user gets the namespace and may mount nothing in it (apparmor(7), userns).

    AppArmor's sysctl is a file of ours. What lies over /proc/sys also makes the kernel refuse the mount.
    """
    syscalls.mount("none", "/proc/sys/kernel", "tmpfs")
    Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").write_text("1\n")
    remedy = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   or run vethlab as root\n"
    said = refused(machine, "run", "three-node", user="user")
    assert said.startswith("vethlab: this machine refuses to make a capsule: ")
    assert said.endswith(remedy)
    doctor = machine.vethlab("doctor", user="user")
    assert doctor.returncode == 3
    assert doctor.stdout.endswith(remedy)


def test_in_a_container_that_may_not_mount(user: str, pair: str, machine: Machine) -> None:
    """A part of /proc is masked, as container engines do it: so the kernel refuses a new one (mount_too_revealing)."""
    syscalls.bind("/dev/null", "/proc/interrupts")
    said = refused(machine, "run", pair, user=user)
    assert "if this is itself a container, give it leave to make user namespaces and mounts\n" in said


def test_in_a_chroot(pair: str, machine: Machine) -> None:
    syscalls.bind("/", "/srv")

    def change() -> None:
        os.chroot("/srv")
        os.chdir("/")

    said = refused(machine, "run", pair, preexec_fn=change)
    assert "give it leave to make user namespaces and mounts\n" in said


def test_newuidmap_refuses(pair: str, machine: Machine) -> None:
    if not machine.real_root:
        pytest.skip("needs a second user: run the tests as root")
    Path("/tmp/bin").mkdir()
    for name in ("newuidmap", "newgidmap"):
        Path("/tmp/bin", name).write_text(
            f"#!/bin/sh\necho {name}: Target process is owned by a different user >&2\nexit 1\n"
        )
        Path("/tmp/bin", name).chmod(0o755)
    for name, text in (
        ("passwd", f"tester:x:{UID}:{UID}::/nonexistent:/bin/sh\n"),
        ("subuid", "tester:200000:65536\n"),
        ("subgid", "tester:200000:65536\n"),
    ):
        _replace(Path("/etc", name), text)
    path = {"PATH": "/tmp/bin:" + os.environ["PATH"]}
    said = refused(machine, "run", pair, user="user", env=path)
    assert said == (
        "vethlab: cannot map user ids: newuidmap: Target process is owned by a different user\n"
        "  see /etc/subuid and newuidmap(1)\n"
    )


def _replace(file: Path, text: str) -> None:
    own = Path("/tmp", file.name)
    own.write_text(text)
    syscalls.bind(own, file)


@pytest.mark.parametrize("processes", [1, 4, 12])
def test_out_of_processes(processes: int, pair: str, machine: Machine) -> None:
    if not machine.real_root:
        pytest.skip("counts a user's processes: run the tests as root, for a user without any other")

    # The kernel counts a user's processes over all namespaces, and other tests are that user at the same time.
    become = machine.becoming_number(UID + 1 + random.SystemRandom().randrange(5000))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
        become()

    said = refused(machine, "run", pair, preexec_fn=limit)
    assert said.startswith("vethlab: this machine lets you start no more processes\n  end other labs"), said


def test_no_tun(machine: Machine) -> None:
    """Not every lab needs it: doctor says what is missing, and for what."""
    syscalls.mount("none", "/dev/net", "tmpfs")
    done = machine.vethlab("doctor", "--json")
    document = json.loads(done.stdout)
    (tun,) = [f for f in document["features"] if f["name"] == "tun"]
    assert (tun["works"], tun["required"], tun["remedy"]) == (False, False, "sudo modprobe tun")
    assert "No such file" in tun["said"]
    assert done.returncode == (3 if any(f["required"] and not f["works"] for f in document["features"]) else 0)


def test_no_tun_for_a_pod_network_that_is_one(user: str, machine: Machine) -> None:
    syscalls.mount("none", "/dev/net", "tmpfs")
    said = refused(machine, "run", "podnet-flannel-udp", user=user)
    assert said == ("vethlab: flannel-udp needs tun, and here: open: No such file or directory\n  sudo modprobe tun\n")
