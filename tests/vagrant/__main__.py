"""`python -m tests.vagrant`: a box is built from Debian packages, and Vagrant machines live through their lives in it.

First one machine alone; then three more beside it, as the nodes of one inventory. `--one` or `--nodes N` asks for one
of the two. `tox -e vagrant` calls it. It works without KVM and leaves this machine as it was; that is compared. Needs
root, for debootstrap and for libvirt. Exit status 0 when every step came to its end well.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.vm.report import report, steps

_HERE = Path(__file__).parent
_REPO = _HERE.parents[1]
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "vethlab/boxes")
#: For each life.
_SECONDS = 3600.0
_NODES = 3

#: Name and command of each step once the machines are up. The report takes the kernel from what `uname` printed.
_UNAME = {"uname": "vagrant ssh -c 'uname -a' vethlab"}
ONE = {
    **_UNAME,
    "doctor": "vagrant ssh -c 'vethlab doctor --json'",
    "run-two-node-pods": "vagrant ssh -c 'vethlab run two-node-pods --json'",
    "run": "vagrant ssh -c 'vethlab run --json'",
    "lab-start": "vagrant ssh -c 'vethlab lab start desk-one-way --seed 1 --json'",
    "lab-solve": "vagrant ssh -c 'vethlab lab solve desk-one-way --json'",
    "lab-submit": "vagrant ssh -c 'vethlab lab submit desk-one-way --json'",
    "provision": "sh -c 'vagrant provision | tee /dev/stderr | grep -q \"nothing changed\"'",
}
MANY = {
    **_UNAME,
    "converge": "vagrant ssh -c 'vethlab converge --inventory hosts.ini --json' vethlab",
    "check": "vagrant ssh -c 'vethlab check --inventory hosts.ini --json' vethlab",
}


def main(argv: list[str]) -> int:
    wanted = lives(argv)
    lacking = _lacking()
    if lacking:
        print(f"vagrant: this machine cannot do that:\n  {lacking}", file=sys.stderr)
        return 3
    before = snapshot()
    box = _box()
    well = [_live(box, nodes, steps) for nodes, steps in wanted.items()]
    after = snapshot()
    changed = [what for what, was in before.items() if after[what] != was]
    print(f"vagrant: of this machine changed: {', '.join(changed) or 'nothing'}")
    return 0 if all(well) and not changed else 1


def lives(argv: list[str]) -> dict[int, dict[str, str]]:
    """The steps of each life, by how many nodes there are beside the machine itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.vagrant", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--one", action="store_true", help="the one machine alone")
    choice.add_argument("--nodes", type=int, metavar="N", help="only with N machines more, the nodes of one inventory")
    asked = parser.parse_args(argv)
    if asked.one or asked.nodes == 0:
        return {0: ONE}
    return {asked.nodes: MANY} if asked.nodes else {0: ONE, _NODES: MANY}


def _lacking() -> str:
    if os.geteuid():
        return "root is needed, for debootstrap and libvirt: sudo ./vethlab test -e vagrant"
    packages = (_HERE / "packages.txt").read_text().split()
    argv = ["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n", *packages]
    told = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    missing = sorted(set(packages) - {line.split()[-1] for line in told.splitlines() if line.startswith("ii")})
    return f"apt-get install --no-install-recommends {' '.join(missing)}" if missing else ""


def _box() -> Path:
    """From the cache, or made now: a minute or several."""
    started = time.monotonic()
    argv = ["unshare", "--mount", "--pid", "--fork", "bash", _HERE / "box.sh", _REPO, _CACHE]
    made = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    size = Path(made).stat().st_size / 1e6
    print(f"vagrant: box {made} ({size:.0f} MB, {time.monotonic() - started:.0f} s)", flush=True)
    return Path(made)


def _live(box: Path, nodes: int, wanted: dict[str, str]) -> bool:
    print(f"vagrant: {f'{nodes} nodes and their controller' if nodes else 'one machine'}", flush=True)
    out = Path(tempfile.mkdtemp(prefix="vethlab-vagrant-", dir="/var/tmp"))
    (out / "steps.sh").write_text("".join(f"step {name} {command}\n" for name, command in wanted.items()))
    argv = ["unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
    argv += ["bash", str(_HERE / "inside.sh"), str(_REPO), str(box), str(out), str(nodes)]
    try:
        subprocess.run(argv, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        print(f"vagrant: not done after {_SECONDS:.0f} s")
    names = ["box-add", "up", *wanted, "destroy"]
    for line in report(out, names):
        print(line)
    done = steps(out)
    well = [s.name for s in done] == names and not any(s.status for s in done)
    if well:
        shutil.rmtree(out)
    else:
        print(f"vagrant: not everything went well; every output is in {out}", file=sys.stderr)
    return well


def snapshot() -> dict[str, str]:
    """What a hypervisor likes to change on a machine."""
    commands = {
        "interfaces": "ip -brief address",
        "rules": "iptables-save | grep -v '^#'; nft list ruleset",
        "forwarding": "cat /proc/sys/net/ipv4/ip_forward",
        "mounts": "cut -d' ' -f3- /proc/self/mountinfo",
        "loop devices": "losetup -a",
        "libvirt's files": "find /etc/libvirt /var/lib/libvirt /run/libvirt -newermt '2000-01-01' -ls",
        "processes": "pgrep -a 'libvirtd|virtlogd|dnsmasq' | grep -i virt",
    }
    return {
        what: subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False).stdout
        for what, command in commands.items()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
