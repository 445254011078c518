"""Debian's own kernel, from its package: downloaded, unpacked into a cache, never installed."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Kernel", "fetch"]

METAPACKAGE = "linux-image-amd64"


@dataclass(frozen=True)
class Kernel:
    """`package` is the Debian package with its version; `image` the bootable file; modules lie beside it."""

    package: str
    image: Path


def fetch(cache: Path | None = None) -> Kernel:
    """The kernel that linux-image-amd64 stands for today. Needs no root; apt's list must know the package."""
    cache = cache or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "vethlab/kernels")
    name = _depends(METAPACKAGE)
    version = _field(name, "Version")
    tree = cache / f"{name}_{version.replace(':', '_')}"
    if not (tree / ".ready").exists():
        _unpack(name, version, tree)
    return Kernel(f"{name} {version}", next(tree.glob("boot/vmlinuz-*")))


def _depends(metapackage: str) -> str:
    found = re.search(r"\blinux-image-\S+", _field(metapackage, "Depends"))
    if found is None:
        raise SystemExit(f"apt knows no {metapackage}: apt-get update, and a Debian source in /etc/apt")
    return found[0]


def _field(package: str, field: str) -> str:
    argv = ["apt-cache", "show", "--no-all-versions", package]
    told = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    found = re.search(rf"^{field}: (.*)$", told, re.M)
    return found[1] if found else ""


def _unpack(name: str, version: str, tree: Path) -> None:
    print(f"vm: downloading {name} {version} and unpacking it into {tree} (nothing is installed)", flush=True)
    tree.mkdir(parents=True, exist_ok=True)
    subprocess.run(["apt-get", "download", "-qq", f"{name}={version}"], cwd=tree, check=True)
    for archive in tree.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive, tree], check=True)
        archive.unlink()
    release = next(tree.glob("lib/modules/*")).name
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    subprocess.run(["depmod", "-b", tree, release], env={**os.environ, "PATH": path}, check=True)
    (tree / ".ready").touch()
