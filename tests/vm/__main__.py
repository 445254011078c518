"""`python -m tests.vm`: Debian's own kernel under QEMU; in it doctor, topologies, tests, labs. `tox -e vm` calls it.

With arguments, those are run in the guest instead: `python -m tests.vm vethlab run topologies/three-node.yml`.
Exit status 0 when every step came to its end well.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import entry_points
from pathlib import Path

from . import kernel, machine, topologies
from .report import report, steps

_HERE = Path(__file__).parent
_REPO = _HERE.parents[1]
#: Seconds of this machine's clock. Emulated, Python is twenty times as slow.
_SECONDS = 3600.0
_VETHLAB = "python -m vethlab"
#: Proven whatever this machine's kernel can: labs that live on what is the kernel's (nftables, br_netfilter).
_LABS = ("shop-lossy", "shop-mirror")
#: The pod suite of every network that some kernel refuses; what takes long and is the same for all, once.
_PODNETS = "wireguard or (ipip and not come_and_go and not dies)"
_SUBJECTS = " ".join(f"tests/e2e/{subject}" for subject in ("connectivity", "nat", "dns", "mtu", "isolation"))


def plan() -> dict[str, str]:
    """Name and command of each step, in order: what is quick, then what is the kernel's, then what works anywhere."""
    labs = dict.fromkeys([*topologies.labs_refused_here(), *_LABS])
    return {
        "doctor": f"{_VETHLAB} doctor --json",
        "two-node-pods": f"{_VETHLAB} run two-node-pods --json",
        "kernel": _pytest("kernel", "tests/e2e/kernel"),
        "plugins": _pytest("plugins", "tests/e2e/cni/test_plugins.py"),
        **{name: f"{_VETHLAB} run {name} --json" for name in topologies.refused_here()},
        "labs": f"{_VETHLAB} lab verify {' '.join(labs)} --jobs 2 --json",
        "podnets": _pytest("podnets", f"tests/e2e/podnets -k '{_PODNETS}'"),
        "subjects": _pytest("subjects", f"{_SUBJECTS} -p tests.vm.only --only-topology three-node"),
    }


def _pytest(name: str, arguments: str) -> str:
    """The guest has this interpreter, and so the same packages: vethlab is a plugin already where it is installed."""
    plugin = "" if entry_points(group="pytest11", name="vethlab") else "-p vethlab.plugin "
    return f"python -m pytest {plugin}-p no:cacheprovider -q -n0 {arguments} --junitxml=$OUT/{name}.xml"


def main(argv: list[str]) -> int:
    lacking = machine.missing()
    if lacking:
        print(f"vm: this machine cannot boot another: {lacking}", file=sys.stderr)
        return 3
    wanted = {"command": shlex.join(argv)} if argv else plan()
    debian = kernel.fetch()
    print(f"vm: booting {debian.package} under QEMU without KVM; this takes minutes", flush=True)
    out = Path(tempfile.mkdtemp(prefix="vethlab-vm-", dir="/var/tmp"))
    (out / "steps.sh").write_text("".join(f"step {name} {command}\n" for name, command in wanted.items()))
    console = _boot(debian, out)
    for line in report(out, list(wanted)):
        print(line)
    done = steps(out)
    well = [s.name for s in done] == list(wanted) and not any(s.status for s in done)
    return _leave(out, console, well)


def _boot(debian: kernel.Kernel, out: Path) -> str:
    started = time.monotonic()
    try:
        console = machine.boot(debian, _HERE / "guest.sh", out, _SECONDS)
    except subprocess.TimeoutExpired as error:
        console = (error.output or b"").decode(errors="replace")
    print(f"vm: the machine ran for {time.monotonic() - started:.0f} s")
    return console


def _leave(out: Path, console: str, well: bool) -> int:
    """What is worth keeping when it went well is doctor's word (docs/kernel-features.md); else everything."""
    told = out / "doctor.out"
    if any(step.name == "doctor" and step.status in (0, 3) for step in steps(out)):
        shutil.copy(told, _REPO / "docs/kernels/debian-12.json")
    if well:
        shutil.rmtree(out)
        return 0
    (out / "console.txt").write_text(console)
    if not (out / "uname.txt").exists():  # it never came so far
        words = ("vm: the machine did not boot; its console's last words:", *console.splitlines()[-12:])
        print(*words, sep="\n  ", file=sys.stderr)
    print(f"vm: not everything went well; every output and the console are in {out}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
