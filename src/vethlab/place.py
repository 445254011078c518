"""Going into a place of a running lab from outside its capsule, and running a command there."""

from __future__ import annotations

import difflib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import state
from .capsule import Registered
from .errors import InputError, LabError
from .namespace import libc_call
from .programs import search_path
from .state import PlaceState

__all__ = ["environment", "find_place", "go_in", "nsenter", "run"]

_PR_SET_PDEATHSIG = 1
_KINDS = ("ipc", "uts", "net", "pid", "cgroup", "mnt")


#: The capsule's own namespaces, where the switches are.
CAPSULE = PlaceState("capsule", "capsule", "capsule", 1, (), (), {})


def find_place(lab: Registered, wanted: str) -> PlaceState:
    """The place called NODE, SANDBOX, NODE/SANDBOX or POD/CONTAINER. Raises InputError with the nearest name."""
    there = state.read(lab.root)
    if there is None:
        raise LabError(f"lab {lab.name!r} is only just starting; try again in a moment")
    first, _, rest = wanted.partition("/")
    node, name = (first, rest) if rest and wanted not in there.places else ("", wanted)
    place = CAPSULE if wanted == CAPSULE.name else there.places.get(name)
    if place is None or (node and place.node != node):
        near = difflib.get_close_matches(name, there.places, 1)
        hint = f", did you mean {near[0]!r}?" if near and place is None else ""
        wrong = (
            f"{name!r} is on {place.node!r}, not on {node!r}"
            if place
            else f"no node or sandbox is named {name!r}{hint}"
        )
        raise InputError.of(f"{wrong} (vethlab inspect {lab.name} lists them)")
    if place.pid is None:
        raise LabError(f"{wanted} has not started yet")
    return place


def go_in(lab: Registered, place: PlaceState) -> None:
    """Enter every namespace of the place; this process's *children* are in its PID namespace. There is no way back."""
    proc = lab.root / "proc" / str(place.pid) / "ns"
    paths = [Path(f"/proc/{lab.pid}/ns/user"), *(proc / kind for kind in _KINDS)]
    descriptors = [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in paths]
    groups = Path(f"/proc/{lab.pid}/setgroups").read_text().strip() == "allow"
    own_user = Path("/proc/self/ns/user").stat().st_ino == os.fstat(descriptors[0]).st_ino
    for descriptor in descriptors[1:] if own_user else descriptors:
        libc_call("setns", descriptor, 0)
        os.close(descriptor)
    os.setresgid(0, 0, 0)
    if groups:
        os.setgroups([])
    os.setresuid(0, 0, 0)
    os.chdir("/")


def nsenter(lab: Registered, place: PlaceState, network: PlaceState | None = None) -> list[str]:
    """What goes in the same way by itself, put before a command: nsenter(1), without an interpreter of our own.

    With `network` into the network of that place, and for all else into `place`.
    """
    own_user = Path("/proc/self/ns/user").samefile(f"/proc/{lab.pid}/ns/user")
    groups = Path(f"/proc/{lab.pid}/setgroups").read_text().strip() == "allow"
    user = [] if own_user else [f"--user=/proc/{lab.pid}/ns/user", *([] if groups else ["--preserve-credentials"])]
    proc = lab.root / "proc"
    owners = {kind: network.pid if network and kind == "net" else place.pid for kind in _KINDS}
    files = (f"--{'mount' if kind == 'mnt' else kind}={proc}/{pid}/ns/{kind}" for kind, pid in owners.items())
    return ["nsenter", *user, *files, "--"]


def environment(place: PlaceState) -> dict[str, str]:
    """What a command sees there: nothing of the caller's environment but the terminal's kind and the language."""
    kept = {k: os.environ[k] for k in ("TERM", "LANG", "LC_ALL", "COLORTERM") if k in os.environ}
    return kept | {
        "PATH": search_path(),
        "HOME": "/root",
        "USER": "root",
        "SHELL": "/bin/bash",
        "PS1": f"\\u@{place.name}:\\w\\$ ",
    }


def run(lab: Registered, place: PlaceState, argv: Sequence[str], before: Callable[[], None] = lambda: None) -> int:
    """Run a command there with our own files open, and wait for it. Returns its status, 128 + N for signal N.

    `before` is called in the child, inside, just before the command. The command dies if we do.
    """
    outer = os.fork()
    if outer == 0:
        _outer(lab, place, argv, before)
    return _status(_wait(outer))


def _outer(lab: Registered, place: PlaceState, argv: Sequence[str], before: Callable[[], None]) -> None:
    """Go in, and fork once more to be in the PID namespace too."""
    try:
        libc_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        go_in(lab, place)
        libc_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a change of ids forgets it
        inner = os.fork()
        if inner == 0:
            libc_call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            before()
            _exec(argv, environment(place))
        os._exit(_status(_wait(inner)))
    except OSError as error:
        os.write(2, f"vethlab: cannot enter {place.name}: {error}\n".encode())
        os._exit(126)


def _exec(argv: Sequence[str], env: Mapping[str, str]) -> None:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and a program would inherit that
    try:
        os.execvpe(argv[0], list(argv), dict(env))
    except FileNotFoundError:
        os.write(2, f"vethlab: {argv[0]}: command not found\n".encode())
        os._exit(127)
    except OSError as error:
        os.write(2, f"vethlab: {argv[0]}: {error.strerror}\n".encode())
        os._exit(126)


def _wait(pid: int) -> int:
    """Wait through interrupts: Ctrl-C is the command's to handle."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return os.waitpid(pid, 0)[1]
    finally:
        signal.signal(signal.SIGINT, before)


def _status(waited: int) -> int:
    code = os.waitstatus_to_exitcode(waited)
    return 128 - code if code < 0 else code
