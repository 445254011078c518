"""What travels to a machine: the probes and the echo server as one zip, to be imported from memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["BOOT", "bundle"]

#: Of vethlab, without anything that needs more than Python itself.
_MODULES = (
    "__init__",
    "carrying",
    "container_files",
    "host_networks",
    "errors",
    "namespace",
    "netlink",
    "offload",
    "outcome",
    "row",
    "sandbox",
    "syscalls",
    "visitor",
)
_PACKAGES = ("probe", "workload")
#: Libraries the probes use; both are Python alone.
_LIBRARIES = ("dns", "dpkt")

#: What the machine's Python is started with: take the zip from standard input into memory, and import from there.
BOOT = """
import os, sys
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed there, not %d.%d (ansible_python_interpreter)" % sys.version_info[:2])
if os.geteuid():
    sys.exit("root is needed there: set ansible_become=true, or ansible_user=root")
size = int.from_bytes(sys.stdin.buffer.read(4), "big")
held = os.fdopen(os.memfd_create("vethlab"), "wb")
held.write(sys.stdin.buffer.read(size))
held.flush()
sys.dont_write_bytecode = True
sys.path.insert(0, f"/proc/self/fd/{held.fileno()}")
from vethlab.visitor import main
sys.exit(main())
"""


@cache
def bundle() -> bytes:
    """The zip (about 400 kB)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(_files()):
            archive.writestr(zipfile.ZipInfo(name), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _files() -> Iterator[tuple[str, Path]]:
    own = Path(__file__).parents[1]
    yield from ((f"vethlab/{name}.py", own / f"{name}.py") for name in (*_MODULES, "world"))
    for package in _PACKAGES:
        yield from _tree(f"vethlab/{package}", own / package)
    for library in _LIBRARIES:
        spec = find_spec(library)
        assert spec is not None
        assert spec.origin is not None
        yield from _tree(library, Path(spec.origin).parent)


def _tree(name: str, folder: Path) -> Iterator[tuple[str, Path]]:
    return ((f"{name}/{file.relative_to(folder)}", file) for file in folder.rglob("*.py"))
