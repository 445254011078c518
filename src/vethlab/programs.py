"""Where the programs of a lab are: installed on this machine, or unpacked beside vethlab.

Packages that bring a service (dockerd, BIRD, Open vSwitch, …) are not installed by us, because it would start on the
machine. The launcher unpacks them (unpacked-packages.txt) into a directory, named by VETHLAB_PACKAGES, with a `bin`
that has a small script for each of their programs. A capsule shows that directory under the same path.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from .errors import MachineError

__all__ = ["find", "library_cache", "search_path", "unpacked"]

#: Inside a lab: what is there in place of the machine's own (vethlab.capsule.root).
_COMMANDS = "/commands"
_SYSTEM = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def unpacked() -> Path | None:
    """The directory of unpacked packages: a file system tree, and `bin`. None where there is none."""
    where = Path(os.environ.get("VETHLAB_PACKAGES") or Path(sys.prefix, "packages"))
    return where if where.is_dir() else None


def library_cache() -> Path | None:
    """Where the loader finds the unpacked packages' libraries and the machine's (ld.so.cache of ld.so(8)).

    The scripts of `bin` name them by environment; this is for programs that start others with an environment of their
    own making. None where nothing was unpacked.
    """
    where = unpacked()
    cache = where / "ld.so.cache" if where else None
    return cache if cache and cache.is_file() else None


def search_path() -> str:
    """What PATH is inside a lab: the machine's own programs before the unpacked ones."""
    where = unpacked()
    return os.pathsep.join([_COMMANDS, *_SYSTEM, *([str(where / "bin")] if where else [])])


def find(name: str, package: str = "") -> Path:
    """The program called `name`. Raises MachineError, which names its Debian `package`, when it is nowhere."""
    found = shutil.which(name, path=search_path())
    if found is None:
        raise MachineError(f"the program {name} is not on this machine", f"sudo apt-get install {package or name}")
    return Path(found)
