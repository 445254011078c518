"""A hostile candidate: root in a lab's shell, who wants the host, the solution, or the checker. Nothing is reached."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from conftest import Bench

REPO = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shell(bench: Bench, name: str) -> Iterator[pexpect.spawn]:
    bench.start("ledger-silent", name, "--seed", "1")
    child = bench.shell(name)
    yield child
    bench.leave(child)
    bench.run("stop", name, "--forget")


#: What is tried, and what must stand in its output.
ATTEMPTS = {
    "uncover the daemon's directory": ("umount /run; ls /run/vethlab", "No such file"),
    "mount something": ("mount -t tmpfs none /mnt || echo refused", "refused"),
    "enter the first process": ("nsenter -t 1 -m -n true || echo refused", "refused"),
    "new namespaces with all rights, to unmount": (
        "unshare -Urm sh -c 'umount /run; umount /etc; ls /run/vethlab' || echo refused",
        "No such file|refused|denied",
    ),
    "write to a disk": ("ls /dev/vda /dev/sda /dev/mem 2>&1 | grep -c 'No such'", "3"),
    "make a device": ("mknod /tmp/d b 8 0 || echo refused", "refused"),
    "a setting of the host": ("echo 1 > /proc/sys/kernel/sysrq || echo refused", "refused"),
    "trigger a reboot": ("echo b > /proc/sysrq-trigger || echo refused", "refused"),
    "load a module": ("modprobe dummy || echo refused", "refused"),
    "change the clock": ("date -s 2001-01-01 || echo refused", "refused"),
    "see processes beyond the node": ("test $(ls -d /proc/[0-9]* | wc -l) -lt 60 && echo few", "few"),
    "find labs, solutions, seeds": (
        "find / \\( -name lab.yml -o -name attempt.json -o -path '*/solutions/*' \\) 2>/dev/null | wc -l", "^0"),
    "find what can be broken, and the checker": (
        "find / -path '*/vethlab/*' \\( -path '*/faults/*' -o -path '*/exercise/*' -o -path '*/attempt/*' \\) "
        "2>/dev/null | wc -l", "^0"),
    "a file of sysfs": (
        "f=/sys/kernel/mm/ksm/run; test -e $f && echo there; (v=$(cat $f); echo $v >$f) 2>&1 || echo refused",
        "there\\s[^$]*refused"),
    "find the control socket": ("find / -name control.sock 2>/dev/null | wc -l", "^0"),
    "read the first process, and the servers' keys": (
        "n=0; for p in 1 $(pgrep -f spawned.server); do for f in environ mem; do n=$((n+1)); "
        "head -c1 /proc/$p/$f >/dev/null 2>&1 && echo read $p; done; done; echo $n tried", r"\A([4-9]|\d\d) tried"),
    "more rights by a file": ("cp /bin/sh /tmp/s; chmod u+s /tmp/s; /tmp/s -pc 'umount /run' || echo no", "^no"),
}  # fmt: skip


@pytest.mark.parametrize("what", ATTEMPTS)
def test_it_is_refused(bench: Bench, shell: pexpect.spawn, what: str) -> None:
    line, wanted = ATTEMPTS[what]
    printed = bench.type(shell, line)
    assert re.search(wanted, printed, re.M), printed


def test_signals_do_not_end_the_lab(bench: Bench, shell: pexpect.spawn, name: str) -> None:
    bench.type(shell, "kill -9 1; kill -STOP 1; kill -9 $(pgrep -f vethlab)")
    assert bench.ask("check", name, status=1)["checks"]


def test_the_machine_is_not_reached(bench: Bench, shell: pexpect.spawn) -> None:
    """Who has the machine's own network reaches a server on any of its addresses; who is in the lab none of them."""
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        line = " ".join(f"nc -zw1 {address} {port} && echo {address} reached;" for address in machine_addresses())
        control = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
        assert "127.0.0.1 reached" in control.stdout
        assert "reached" not in bench.type(shell, f"({line}) 2>/dev/null")
        # An interface of its own making, its other end in the first process' network.
        bench.type(shell, "ip link add up0 type veth peer name up1 netns 1; ip addr add 203.0.113.9/24 dev up0")
        assert "reached" not in bench.type(shell, f"({line}) 2>/dev/null")
        bench.type(shell, "ip link del up0")


def machine_addresses() -> list[str]:
    told = json.loads(subprocess.run(["ip", "-json", "-4", "address"], capture_output=True, check=True).stdout)
    return [address["local"] for link in told for address in link["addr_info"]]


def test_a_fork_bomb_is_bounded(bench: Bench, shell: pexpect.spawn) -> None:
    """It meets its limit, and the lab answers afterwards."""
    bench.type(shell, "for i in $(seq 2000); do sleep 20 & done 2>/dev/null; jobs -p | wc -l")
    bench.type(shell, "kill $(jobs -p) 2>/dev/null; wait 2>/dev/null")
    assert "here" in bench.type(shell, "echo here")


def test_a_full_disk_is_the_labs_own(bench: Bench, shell: pexpect.spawn, name: str) -> None:
    free = os.statvfs("/tmp").f_bavail
    bench.type(shell, "dd if=/dev/zero of=/var/tmp/full bs=1M count=500 2>&1 | tail -1; rm -f /var/tmp/full")
    assert abs(os.statvfs("/tmp").f_bavail - free) < 100 << 20
    assert bench.ask("check", name, status=1)["checks"]


def test_what_the_candidate_needs_works(bench: Bench, shell: pexpect.spawn) -> None:
    assert "ok" in bench.type(
        shell, "ip link add br9 type bridge && ip link del br9 && iptables -S >/dev/null && echo ok"
    )
    assert "ok" in bench.type(shell, "sysctl -qw net.ipv4.ip_forward=1 && nft list ruleset >/dev/null && echo ok")


def test_an_installation_hides_its_labs(tmp_path: Path) -> None:
    """Installed, the labs lie in the package's own directory, which is in view inside; they are not."""
    tmp_path.chmod(0o755)
    package = shutil.copytree(REPO / "src/vethlab", tmp_path / "vethlab", ignore=shutil.ignore_patterns("__pycache__"))
    for each in ("topologies", "playbooks", "labs"):
        shutil.copytree(REPO / each, package / each)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    lab = f"hidden-{os.getpid()}"

    def vethlab(*words: str) -> str:
        argv = [sys.executable, "-m", "vethlab", *words]
        done = subprocess.run(argv, capture_output=True, text=True, env=environment, cwd="/", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    vethlab("up", "two-node-pods", "--name", lab, "--until", "underlay")
    try:
        seen = vethlab("exec", lab, "node1", "--", "sh", "-c", f"ls {package}; echo labs: $(ls {package}/labs)")
    finally:
        vethlab("down", lab)
    assert "playbooks" in seen
    assert seen.splitlines()[-1] == "labs:"


def test_a_stopped_clock_holds_every_terminal(bench: Bench, name: str, shell: pexpect.spawn) -> None:
    bench.run("pause", name)
    shell.sendline("touch /tmp/while-stopped")
    shell.expect_exact("Nothing you type goes in")
    bench.run("resume", name)
    shell.sendline("")
    shell.expect(r"# ")
    assert "No such file" in bench.type(shell, "ls /tmp/while-stopped")
