"""The file system inside a capsule: nothing is there but what is named here.

    read-only, the machine's      /usr /bin /sbin /lib* /opt, the interpreter, vethlab itself and its playbooks
    writable, gone with the lab   /etc (a few files copied) /var /run /tmp /root /home /srv: one tmpfs, of limited size
    of its own                    /proc /sys /dev /dev/pts /dev/shm

Home directories are hidden by being absent. It is put together in two halves, because the first needs the rights of
whoever starts the lab (root's checkout may be closed to everybody else) and the second those of root inside.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from .. import programs, syscalls
from ..docker_command import SOCKET as DOCKER_SOCKET
from .etc import copy_etc

__all__ = ["WRITABLE", "enter_root", "needed_paths", "stage"]

SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt")
WRITABLE = ("etc", "var", "run", "tmp", "root", "home", "srv", "mnt")
#: Readable and writable.
_EVERYONE = stat.S_IROTH | stat.S_IWOTH
DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "net/tun")
LINKS = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
#: First in PATH: systemctl and journalctl that do without systemd, which is not what runs a capsule.
COMMANDS = {"systemctl": "systemctl.py", "systemctl3.py": "systemctl3.py", "journalctl": "journalctl.py"}
#: The docker command: where a host of the emulated engine has its socket that one, else whichever comes next in PATH.
_DOCKER = """\
#!/bin/sh
[ ! -S {socket} ] || exec "{python}" -IS "{script}" "$@"
IFS=:
for directory in $PATH; do
  [ "$directory" = /commands ] || [ ! -x "$directory/docker" ] || exec "$directory/docker" "$@"
done
echo "docker: command not found" >&2
exit 127
"""
#: The machine's units are not a node's.
UNITS = "usr/lib/systemd/system"
VARIABLE = ("var/lib", "var/log", "var/cache", "var/spool", "var/tmp", "run/lock", "run/netns", "run/vethlab")


#: What a lab's own candidate must not read, and nothing in a capsule imports: the labs (in a checkout they are beside
#: the package), what can be broken in them, and how it is graded.
_UNSEEN = tuple(Path(__file__).resolve().parents[1] / name for name in ("labs", "faults", "exercise", "attempt"))


def needed_paths(assets: Iterable[Path]) -> tuple[Path, ...]:
    """What must be visible for vethlab to run inside: the interpreter, the packages it imports, `assets`."""
    package = Path(__file__).parents[2]
    libraries = {Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages") and Path(p).is_dir()}
    wanted = {Path(sys.prefix), Path(sys.base_prefix), package, *libraries, *assets}
    wanted |= {where} if (where := programs.unpacked()) else set()
    wanted |= {path.resolve() for path in wanted} | {Path(sys.executable).resolve()}
    system = tuple(Path("/", name) for name in SYSTEM)
    chosen: list[Path] = []
    for path in sorted(p for p in wanted if not any(p.is_relative_to(s) for s in system)):
        if not any(path.is_relative_to(c) for c in chosen):
            chosen.append(path)
    return tuple(chosen)


def stage(needed: Iterable[Path]) -> Path:
    """First half: a tmpfs with the machine's parts bound into it, read-only. Returns where it is."""
    needed = tuple(needed)
    root = _mount_point(needed)
    syscalls.mount("vethlab", root, "tmpfs", "mode=0755,size=16m")
    for name in SYSTEM:
        _bind_system(Path("/", name), root / name)
    _hide_units(root)
    for directory in ("proc", "sys", "dev", "dev/pts", "dev/shm", "dev/net", "commands", ".write", *WRITABLE):
        (root / directory).mkdir(parents=True, exist_ok=True)
    for name in DEVICES:
        _bind_device(Path("/dev", name), root / "dev" / name)
    for name, target in LINKS.items():
        (root / "dev" / name).symlink_to(target)
    for name, script in COMMANDS.items():
        (root / "commands" / name).symlink_to(Path(sys.executable).parent / script)
    _write_docker(root / "commands/docker")
    # New instances of these may only be mounted where the old ones are in view (mount_namespaces(7)).
    syscalls.bind("/proc", root / "proc")
    syscalls.bind("/sys", root / "sys")
    copy_etc(root / ".etc")
    for path in needed:
        _bind_needed(path, root / _staged(path))
        for unseen in _UNSEEN:
            if unseen.is_relative_to(path) and unseen.is_dir():
                syscalls.mount("unseen", root / _staged(unseen), "tmpfs", "mode=0755,size=4k", syscalls.MS_NODEV)
    return root


def _write_docker(file: Path) -> None:
    script = Path(__file__).resolve().parents[1] / "docker_command.py"
    file.write_text(_DOCKER.format(socket=DOCKER_SOCKET, python=sys.executable, script=script))
    file.chmod(0o755)


def enter_root(root: Path, needed: Iterable[Path], size: str) -> None:
    """Second half, as root inside and in the new PID namespace: our own mounts, then pivot."""
    syscalls.bind(root, root)
    syscalls.mount("proc", root / "proc", "proc", flags=syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    _mount_sys(root / "sys")
    syscalls.mount("devpts", root / "dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620")
    syscalls.mount("shm", root / "dev/shm", "tmpfs", "mode=1777,size=64m")
    syscalls.mount("vethlab", root / ".write", "tmpfs", f"mode=0755,size={size}")
    _writable(root)
    for path in filter(_is_covered, needed):
        target = root / str(path).lstrip("/")
        _make_target(root / _staged(path), target)
        syscalls.bind(root / _staged(path), target)
    syscalls.detach(root / ".write")
    syscalls.pivot_root(root)
    syscalls.make_read_only("/", below=False)


def _is_covered(path: Path) -> bool:
    """It lies below a directory that becomes writable, so its place is only there in the second half."""
    return path.parts[1] in WRITABLE


def _staged(path: Path) -> str:
    inside = str(path).lstrip("/")
    return f".needed/{inside}" if _is_covered(path) else inside


def _mount_point(needed: tuple[Path, ...]) -> Path:
    """An existing directory that hides nothing we need when covered."""
    for name in ("/mnt", "/media", "/srv", "/boot"):
        path = Path(name)
        if path.is_dir() and not path.is_symlink() and not any(n.is_relative_to(path) for n in needed):
            return path
    raise OSError("none of /mnt, /media, /srv, /boot can be covered")


def _bind_system(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
    elif source.is_dir():
        target.mkdir()
        syscalls.bind(source, target)
        syscalls.make_read_only(target)


def _hide_units(root: Path) -> None:
    if (root / UNITS).is_dir():
        (root / ".empty").mkdir()
        syscalls.bind(root / ".empty", root / UNITS)


def _bind_device(source: Path, target: Path) -> None:
    """The machine's own; one that it keeps to its root is made anew for everyone, as udev would, if we may (mknod(2)).

    What a program can do with /dev/net/tun is bounded by its rights in its network namespace (user_namespaces(7)).
    """
    if not source.exists():
        return
    target.parent.mkdir(exist_ok=True)
    if source.stat().st_mode & _EVERYONE != _EVERYONE and _make_device(source, target):
        return
    target.touch()
    syscalls.bind(source, target)


def _make_device(source: Path, target: Path) -> bool:
    try:
        os.mknod(target, stat.S_IFCHR | 0o666, source.stat().st_rdev)
    except PermissionError:
        return False
    target.chmod(0o666)
    return True


def _bind_needed(source: Path, target: Path) -> None:
    _make_target(source, target)
    syscalls.bind(source, target)
    syscalls.make_read_only(target)


def _make_target(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def _mount_sys(target: Path) -> None:
    try:
        syscalls.mount("sysfs", target, "sysfs", flags=syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    except PermissionError:
        syscalls.make_read_only(target)  # a container that masks part of /sys: what it shows has to do


def _writable(root: Path) -> None:
    upper = root / ".write"
    for name in WRITABLE:
        if name != "etc":
            (upper / name).mkdir(mode=0o1777 if name == "tmp" else 0o755)
    shutil.copytree(root / ".etc", upper / "etc", symlinks=True)
    for name in VARIABLE:
        (upper / name).mkdir(parents=True, exist_ok=True)
    (upper / "var/run").symlink_to("/run")
    (upper / "var/lock").symlink_to("/run/lock")
    (upper / "tmp").chmod(0o1777)
    for name in WRITABLE:
        syscalls.bind(upper / name, root / name)
    (root / "root").chmod(0o700)
