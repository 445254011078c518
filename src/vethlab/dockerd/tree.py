"""The files of an image: copies of the machine's, with every link and library on the way to them."""

from __future__ import annotations

import io
import os
import re
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .. import programs

__all__ = ["Tree"]

_MAX_LINKS = 40


@dataclass
class Tree:
    """What an image's layer holds. Paths are absolute, as seen in a container.

    `files` maps a path to the file of this machine that is copied there, `texts` to its content, `links` to where it
    points. Directories on the way to something are made, empty ones are named.
    """

    files: dict[str, Path] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    directories: dict[str, int] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """A file of this machine at its own path, and every symbolic link on the way there."""
        for _ in range(_MAX_LINKS):
            link = _first_link(path)
            if link is None:
                break
            target = link.readlink()
            self.links[_inside(link)] = str(target)
            path = Path(os.path.normpath(link.parent / target)) / path.relative_to(link)
        self.files[_inside(path)] = path

    def add_program(self, path: Path) -> None:
        """An executable, with the libraries it is linked against (ldd(1)) and the loader that puts them together."""
        self.add(path)
        for library in _libraries(path):
            self.add(library)

    def layer(self) -> bytes:
        """A layer as a tar archive: always the same bytes for the same files (OCI image specification, layer.md)."""
        with io.BytesIO() as buffer:
            with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for name in sorted(self._directories()):
                    archive.addfile(_entry(name, tarfile.DIRTYPE, self.directories.get(name, 0o755)))
                for name, target in sorted(self.links.items()):
                    entry = _entry(name, tarfile.SYMTYPE, 0o777)
                    entry.linkname = target
                    archive.addfile(entry)
                for name in sorted(self.files.keys() | self.texts.keys()):
                    self._add_file(archive, name)
            return buffer.getvalue()

    def _add_file(self, archive: tarfile.TarFile, name: str) -> None:
        source = self.files.get(name)
        content = source.read_bytes() if source else self.texts[name]
        status = source.stat() if source else None
        entry = _entry(name, tarfile.REGTYPE, 0o755 if status is None or status.st_mode & 0o111 else 0o644)
        # Python compares a source's time with the one its compiled form was made of.
        entry.mtime = int(status.st_mtime) if status else 0
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))

    def _directories(self) -> set[str]:
        names = [*self.files, *self.texts, *self.links, *(f"{d}/." for d in self.directories)]
        parents = {str(p) for name in names for p in PurePosixPath(name).parents} | set(self.directories)
        return parents - {"/", *self.links}


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name.lstrip("/"))
    entry.type, entry.mode = kind, mode
    return entry


def _inside(path: Path) -> str:
    """Where a file of this machine is in a container: what was unpacked, as if it were installed."""
    unpacked = programs.unpacked()
    root = unpacked / "root" if unpacked else None
    return f"/{path.relative_to(root)}" if root and path.is_relative_to(root) else str(path)


def _first_link(path: Path) -> Path | None:
    return next((p for p in (*reversed(path.parents), path) if p.is_symlink()), None)


def _libraries(path: Path) -> list[Path]:
    """What ldd(1) finds, in the places where an unpacked program's own are too."""
    unpacked = programs.unpacked()
    places = (
        sorted([*unpacked.glob("root/usr/lib/*-linux-gnu"), *unpacked.glob("root/lib/*-linux-gnu")]) if unpacked else []
    )
    environment = os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(map(str, places))}
    done = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False, env=environment)
    found = re.findall(r"(?:=> )?(/\S+) \(0x", done.stdout)
    return [Path(each) for each in found]
