"""`python -m tests.vm`: Debian's own kernel under QEMU, and in it doctor, topologies and tests. `tox -e vm` calls it.

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
from pathlib import Path

from . import kernel, machine, topologies
from .report import report, steps

_HERE = Path(__file__).parent
_REPO = _HERE.parents[1]
#: Seconds of this machine's clock. Emulated, Python is twenty times as slow.
_SECONDS = 2400.0
_VETHLAB = "python -m vethlab"
_PYTEST = "python -m pytest -p vethlab.plugin -p no:cacheprovider -q -n0"
#: Tests that skip themselves where the kernel lacks what they are about.
_TESTS = "tests/e2e/kernel tests/e2e/cni/test_plugins.py -k 'kernel or kinds_of_link or vrf'"


def _steps() -> dict[str, str]:
    """Name and command of each step, in order: a plain topology, then whatever this machine's kernel refuses."""
    refused = {t: f"{_VETHLAB} run {t} --json" for t in topologies.refused_here()}
    return {
        "doctor": f"{_VETHLAB} doctor --json",
        "two-node-pods": f"{_VETHLAB} run two-node-pods --json",
        **refused,
        "tests": f"{_PYTEST} {_TESTS} --junitxml=$OUT/tests.xml",
    }


def main(argv: list[str]) -> int:
    lacking = machine.missing()
    if lacking:
        print(f"vm: this machine cannot boot another: {lacking}", file=sys.stderr)
        return 3
    wanted = {"command": shlex.join(argv)} if argv else _steps()
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
    print(f"vm: not everything went well; every output and the console are in {out}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
