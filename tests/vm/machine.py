"""A virtual machine with this machine's file system: QEMU by virtme-ng, without KVM, without a network.

The guest sees / read-only, with tmpfs laid over what programs write to; nothing it does reaches this machine but what
it leaves in one directory. QEMU has no network. It runs as who calls, in no user namespace: there root's files would
be nobody's, and so would whatever a set-user-ID program of theirs runs as.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .kernel import Kernel

__all__ = ["MODULES", "boot", "missing"]

#: The modules that nothing loads by itself: the same list as on the Vagrant machine.
MODULES = Path(__file__).parents[2] / "vagrant/modules-load.conf"
_HERE = Path(__file__).parent
_MEMORY = "4G"


def missing() -> str:
    """What this machine lacks to do this, and how to get it; nothing when it lacks nothing."""
    packages = {
        "qemu-system-x86_64": "qemu-system-x86",
        "busybox": "busybox-static",
        "depmod": "kmod",
        "file": "file",  # virtme-ng asks it for a kernel's version
    }
    lacking = [package for program, package in packages.items() if shutil.which(program, path=_path()) is None]
    install = [f"sudo apt-get install --no-install-recommends {' '.join(lacking)}"] if lacking else []
    return " && ".join([*install, *([] if shutil.which("vng", path=_path()) else ["pip install virtme-ng"])])


def boot(kernel: Kernel, script: Path, out: Path, seconds: float) -> str:
    """Boot, run `script` as root with OUT naming `out`, power off. Returns what the console said.

    Raises subprocess.TimeoutExpired after `seconds`, when QEMU is killed.
    """
    inside = f"OUT={out} PYTHON={sys.executable} PACKAGES={os.environ.get('VETHLAB_PACKAGES', '')} sh {script}"
    argv = [
        "vng", "--run", kernel.image, "--disable-kvm", "--force-9p", "--user", "root",
        # What speculation attacks cost an emulated processor helps nobody, nor do vector units it has to imitate.
        "--append", "mitigations=off", "--qemu-opts=-cpu qemu64",
        "--cpus", "2", "--memory", _MEMORY, "--rwdir", out, "--verbose",
        # The same file system once more, for what is only read: cached, it is ten times as fast.
        "--qemu-opts=-virtfs local,path=/,mount_tag=fast,security_model=none,readonly=on,multidevs=remap",
        "--", inside,
    ]  # fmt: skip
    # vng insists on a terminal.
    terminal = ["script", "--quiet", "--return", "--command", subprocess.list2cmdline(map(str, argv)), "/dev/null"]
    return _run(terminal, seconds)


def _path() -> str:
    return os.pathsep.join([str(Path(sys.prefix, "bin")), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def _run(argv: list[str], seconds: float) -> str:
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": _path()},
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 15)
            raise
    return output.decode(errors="replace").replace("\r", "")
