"""Images without a registry: the entries of the catalogue, each with all it needs, made of this machine's files.

    base     busybox with all its tools, and the few files of /etc that programs look for
    echo     base + the machine's Python, as much of it as the server loads, and the server
    others   base + the program with its libraries

An image is whole, so `docker run --name my-container echo` works as it does with images that come from a registry.
What the machine's files are decides what the image is: its id follows from its content, here as anywhere.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import programs
from ..catalogue import Image
from ..errors import MachineError
from .tree import Tree

__all__ = ["archive", "command"]

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_ETC = {
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "/etc/group": b"root:x:0:\nnogroup:x:65534:\n",
    "/etc/nsswitch.conf": b"hosts: files dns\n",
}
_DIRECTORIES = {"/tmp": 0o1777, "/root": 0o700, "/srv": 0o755, "/var/log": 0o755, "/var/tmp": 0o1777, "/run": 0o755}
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Runs the server as far as it goes without a port to serve, and prints the files of all that was imported.
_LOADED = """
import contextlib, sys
sys.path.insert(0, sys.argv[1])
import encodings.idna, runpy
from vethlab.workload.__main__ import main
with contextlib.suppress(SystemExit):
    main(["echo"])
for module in list(sys.modules.values()):
    for name in ("__file__", "__cached__"):
        if getattr(module, name, None):
            print(getattr(module, name))
"""


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer's tar archive and its SHA-256, in hexadecimal."""

    content: bytes
    digest: str

    @classmethod
    def of(cls, tree: Tree) -> _Layer:
        content = tree.layer()
        return cls(content, hashlib.sha256(content).hexdigest())


def archive(images: Iterable[Image]) -> bytes:
    """The images as `docker load` takes them, tagged `NAME:latest`; they share their layers (image-spec v1.2).

    Raises MachineError where a program is not on this machine.
    """
    wanted = list(images)
    base = _Layer.of(_base())
    server = _Layer.of(_server()) if any(i.workload == "echo" for i in wanted) else base
    return _pack([(image, (base, *_above(image, server))) for image in wanted])


def _above(image: Image, server: _Layer) -> tuple[_Layer, ...]:
    if image.workload == "echo":
        return (server,)
    return (_Layer.of(_program(image)),) if image.program and image.program != "busybox" else ()


def command(image: Image) -> list[str]:
    """What a container of the image runs unless told otherwise."""
    if image.workload == "echo":
        ports = [word for kind, numbers in image.listens.items() for n in numbers for word in (f"--{kind}", str(n))]
        bind = ["--bind", image.bind] if image.bind else []
        return ["python3", "-ISm", "vethlab.workload", "echo", *ports, *bind]
    return [image.program, *image.argv] if image.program else ["sh"]


def _base() -> Tree:
    tree = Tree(texts=dict(_ETC), directories=dict(_DIRECTORIES))
    busybox = programs.find("busybox", "busybox-static")
    for name in ("bin", "sbin", "lib", "lib64"):
        if (top := Path("/", name)).is_symlink():
            tree.links[str(top)] = str(top.readlink())
    tree.add(busybox)
    listed = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        if name != "busybox":
            tree.links[f"/usr/bin/{name}"] = str(busybox)
    return tree


def _server() -> Tree:
    """The interpreter, and what it has loaded when the server runs: neither more nor less is needed."""
    tree = Tree()
    python, package = Path(sys.executable).resolve(), Path(__file__).parents[2]
    argv = [str(python), "-IS", "-c", _LOADED, str(package)]
    loaded = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    library = _standard_library(loaded)
    tree.add_program(python)
    tree.links["/usr/bin/python3"] = str(python)
    # Of a module whose compiled form was not kept, only the source is there.
    for file in (path for path in map(Path, loaded) if path.exists()):
        if file.is_relative_to(package):
            tree.files[str(library / file.relative_to(package))] = file
        elif file.suffix == ".so":
            tree.add_program(file)
        else:
            tree.add(file)
    return tree


def _standard_library(loaded: Iterable[str]) -> Path:
    return next(Path(file).parent for file in loaded if file.endswith("/os.py"))


def _program(image: Image) -> Tree:
    assert image.program
    tree = Tree()
    found = programs.find(image.program, image.package or "")
    unpacked = programs.unpacked()
    if unpacked and found.is_relative_to(unpacked / "bin"):
        found = _wrapped(unpacked, image.program)
    tree.add_program(found)
    return tree


def _wrapped(unpacked: Path, name: str) -> Path:
    """The program behind the small script of an unpacked one."""
    for directory in ("usr/sbin", "usr/bin", "sbin", "bin"):
        if (program := unpacked / "root" / directory / name).exists():
            return program
    remedy = "remove that directory, and run ./vethlab again"
    raise MachineError(f"the unpacked program {name} is not in {unpacked}", remedy)


def _config(image: Image, layers: tuple[_Layer, ...]) -> bytes:
    ports: dict[str, Any] = {
        f"{n}/{'udp' if kind == 'udp' else 'tcp'}": {} for kind, numbers in image.ports.items() for n in numbers
    }
    document: dict[str, Any] = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {"Cmd": command(image), "Env": [f"PATH={_PATH}"], "ExposedPorts": ports},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.digest}" for layer in layers]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "vethlab"} for _ in layers],
    }
    return json.dumps(document, sort_keys=True).encode()


def _pack(images: Iterable[tuple[Image, tuple[_Layer, ...]]]) -> bytes:
    parts: dict[str, bytes] = {}
    manifest = []
    for image, layers in images:
        config = _config(image, layers)
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        blobs = {f"{layer.digest}/layer.tar": layer.content for layer in layers}
        parts |= {config_name: config} | blobs
        manifest.append({"Config": config_name, "RepoTags": [f"{image.name}:latest"], "Layers": list(blobs)})
    parts["manifest.json"] = json.dumps(manifest).encode()
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as packed:
            for name, content in parts.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                packed.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()
