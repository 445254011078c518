"""How a container's life goes on: `docker start`, `stop`, `restart`, `kill`, `rm`, and what follows when it ends."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..container_life import Idle
from ..docker_inventory import container_id
from ..errors import LabError
from ..lab import Lab
from ..spawned.program import exit_status_file
from ..world import Sandbox
from . import amend, restarting
from .creation import begin
from .engine import Answer, Engine
from .refusal import Missing, Refusal, no_such_container

__all__ = ["bury", "ended", "kill", "prune", "restart", "rm", "start", "stop"]

#: Exit statuses of what SIGTERM and SIGKILL ended, as a shell has them.
_TERMINATED, _KILLED = 128 + signal.SIGTERM, 128 + signal.SIGKILL
#: Seconds that an exit status may take to be written once the program has ended.
_WRITTEN = 1.0


def start(engine: Engine, asked: Namespace) -> Answer:
    """`docker start`: what does not run starts, with the network it was told to have."""
    return _each(engine, asked, _start)


def stop(engine: Engine, asked: Namespace) -> Answer:
    """`docker stop`: SIGTERM, and SIGKILL after `--time` seconds."""
    return _each(engine, asked, lambda e, each: _stop(e, each, asked.time))


def restart(engine: Engine, asked: Namespace) -> Answer:
    """`docker restart`: stopped and started again."""

    def again(engine: Engine, each: Sandbox) -> None:
        _stop(engine, each, asked.time)
        _start(engine, each)

    return _each(engine, asked, again)


def kill(engine: Engine, asked: Namespace) -> Answer:
    """`docker kill`: a signal to the main program; SIGKILL ends the container."""
    number = _signal(asked.signal)

    def strike(engine: Engine, each: Sandbox) -> None:
        if each.name in engine.idle():
            raise Refusal.daemon(
                f"cannot kill container: {each.name}: container {engine.ids()[each.name]} is not running"
            )
        if number == signal.SIGKILL:
            engine.lab.lives.stay(each.name)
            _end(engine, each, _KILLED)
        else:
            _signal_programs(engine, each, number)

    return _each(engine, asked, strike)


def rm(engine: Engine, asked: Namespace) -> Answer:
    """`docker rm`: what does not run is forgotten, with `--force` what runs as well. All at once: that is quicker."""
    gone: dict[str, Sandbox] = {}
    world, idle = engine.world, engine.idle()

    def leave_out(engine: Engine, each: Sandbox) -> None:
        nonlocal world
        if each.name in gone:
            raise no_such_container(each.name)
        if each.name not in idle:
            world = amend.remove_container(world, engine.node, each.name, force=asked.force)
        gone[each.name] = each

    answer = _each(engine, asked, leave_out, missing_is_well=asked.force)
    engine.lab.lives.unwatch(gone)
    with engine.changing(world) as host:
        host.end_containers(*(each for name, each in gone.items() if name not in idle))
    engine.forget(*gone.values())
    return answer


def prune(engine: Engine, asked: Namespace) -> Answer:
    """`docker container prune`: every container that does not run is forgotten."""
    if not asked.force:
        raise Refusal("vethlab: nobody is asked whether they are sure: docker container prune -f")
    gone = [e.sandbox for e in engine.idle().values()]
    engine.forget(*gone)
    lines = ["Deleted Containers:", *map(container_id, gone), ""] if gone else []
    return Answer("".join(f"{line}\n" for line in [*lines, "Total reclaimed space: 0B"]))


def ended(engine: Engine, asked: Namespace) -> Answer:
    """What a command in the foreground came to: whoever ran it says so."""
    _end(engine, engine.container(asked.container), asked.status)
    return Answer()


def _each(
    engine: Engine, asked: Namespace, act: Callable[[Engine, Sandbox], None], *, missing_is_well: bool = False
) -> Answer:
    """Docker does what it can, says the name of each, and complains of the others."""
    done = words = ""
    status = 0
    for name in asked.names:
        try:
            act(engine, engine.known(name))
            done += f"{name}\n"
        except Refusal as refusal:
            words += f"{refusal.words}\n"
            status = status if missing_is_well and isinstance(refusal, Missing) else 1
    return Answer(done, words, status)


def _start(engine: Engine, each: Sandbox) -> None:
    if each.name in engine.idle():
        engine.lab.lives.stay(each.name)
        begin(engine, each)


def _stop(engine: Engine, each: Sandbox, patience: float) -> None:
    """SIGTERM, and when it has not ended after `patience` seconds SIGKILL. It does not start again by itself."""
    engine.lab.lives.stay(each.name)
    if each.name in engine.idle():
        return
    programs = _signal_programs(engine, each, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(map(_is_alive, programs)) and time.monotonic() < deadline:
        time.sleep(0.005)
    alive = any(map(_is_alive, programs))
    _end(engine, each, _KILLED if alive else _status(engine, each, _TERMINATED))


def _signal_programs(engine: Engine, each: Sandbox, number: int) -> list[int]:
    """To its main program; where nobody watches that, to every program in it. Their process ids.

    In Docker the main program is the first process of its PID namespace, and the kernel keeps from it what it has no
    handler for (pid_namespaces(7)), so that `docker stop` often takes its whole time.
    """
    main = engine.lab.lives.main_program(each.name)
    programs = _inside(engine.lab.pids[each.name]) if main is None else [main] if main else []
    for pid in programs:
        with suppress(OSError):
            if _heeds(pid, number):
                os.kill(pid, number)
    return programs


def _heeds(pid: int, number: int) -> bool:
    """Whether it has a handler for a signal (proc_pid_status(5), SigCgt)."""
    (line,) = (t for t in Path(f"/proc/{pid}/status").read_text().splitlines() if t.startswith("SigCgt:"))
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


def _inside(first: int) -> list[int]:
    """The processes in the PID namespace of a container's first process, but for that one."""
    found: list[int] = []
    try:
        namespace = Path(f"/proc/{first}/ns/pid").stat().st_ino
    except OSError:  # it is gone, and with it all others
        return found
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid = int(entry.name)
            if pid != first and (entry / "ns/pid").stat().st_ino == namespace:
                found.append(pid)
    return found


def _is_alive(pid: int) -> bool:
    """Not even a zombie is (proc_pid_stat(5), state)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _signal(name: str) -> int:
    try:
        return int(name) if name.isdigit() else int(signal.Signals[f"SIG{name.upper().removeprefix('SIG')}"])
    except KeyError:
        raise Refusal.daemon(f"invalid signal: {name}") from None


def _end(engine: Engine, each: Sandbox, status: int) -> None:
    """A container ends: its processes, interfaces, addresses, names and bound ports go; its files stay."""
    started = engine.made(each)
    world = amend.remove_container(engine.world, engine.node, each.name, force=True)
    engine.lab.lives.unwatch([each.name])
    with engine.changing(world) as host:
        host.end_containers(each)
    run = engine.lab.lives.runs.get(each.name)
    engine.lab.lives.idle[each.name] = Idle(each, started, time.time(), status)
    if run and run.remove:
        engine.forget(each)


def bury(lab: Lab) -> None:
    """Containers whose main program has ended by itself have ended. What goes wrong with one is for the log."""
    for name in lab.lives.dying():
        each = lab.world.sandboxes[name]
        engine = Engine(lab, each.node)
        try:
            status = _status(engine, each, _KILLED)
            _end(engine, each, status)
            restarting.plan(lab, name)
        except (LabError, Refusal, OSError) as error:
            print(f"{name} has ended, and its host was not tidied up: {error}", file=sys.stderr)


def _status(engine: Engine, each: Sandbox, otherwise: int) -> int:
    """What its main program ended with, as a shell has it; `otherwise` where nobody wrote it down."""
    if engine.lab.lives.main_program(each.name) is None:
        return otherwise
    file = Path(f"/proc/{engine.lab.pids[each.node]}/root{exit_status_file(each.name)}")
    deadline = time.monotonic() + _WRITTEN
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    status = int(file.read_text()) if file.exists() else otherwise
    return 128 - status if status < 0 else status
