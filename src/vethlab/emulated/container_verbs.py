"""`docker ps`, `exec`, `top`, `port`, `logs`, `images` and `version`."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from .. import __version__
from ..catalogue import catalogue
from ..container_life import Run
from ..docker_networks import network_id
from ..spawned.program import LOGS
from . import tables
from .engine import Answer, Engine
from .environment import environment, with_environment
from .listing import chosen, listing, table

__all__ = ["exec_", "images", "logs", "port", "ps", "top", "version"]


def ps(engine: Engine, asked: Namespace) -> Answer:
    """The youngest first; those that do not run with `--all`, or where one asks for the last few, or for them."""
    every = asked.all or asked.last >= 0 or any(f.startswith(("status=", "exited=")) for f in asked.filter)
    there = [*engine.containers(), *((e.sandbox for e in engine.idle().values()) if every else ())]
    standings = sorted(((engine.standing(each), each) for each in there), key=lambda pair: -pair[0].created)
    rows = chosen(
        (tables.container_row(engine.world, each, standing, whole=asked.no_trunc) for standing, each in standings),
        asked.filter,
        tables.CONTAINER_FILTERS,
    )
    last = rows[: asked.last] if asked.last >= 0 else rows
    return Answer(listing(last, tables.CONTAINER_COLUMNS, "CONTAINER ID", form=asked.format, quiet=asked.quiet))


def exec_(engine: Engine, asked: Namespace) -> Answer:
    """`docker exec`: the command, which the caller runs in the container. Raises Refusal."""
    found = engine.container(asked.container)
    run = engine.lab.lives.runs.get(found.name, Run())
    variables = (*run.environment, *environment(asked.env))
    return Answer(place=found.name, argv=with_environment(variables, asked.command, directory=asked.workdir))


def top(engine: Engine, asked: Namespace) -> Answer:
    """As ps(1) in the container itself sees it, where Docker counts processes as the host does."""
    return Answer(place=engine.container(asked.container).name, argv=("ps", *(asked.options or ["-ef"])))


def port(engine: Engine, asked: Namespace) -> Answer:
    """`docker port`: where each published port is bound on the host, or the one asked for. Raises Refusal."""
    found = engine.known(asked.container)
    if found.name in engine.idle():
        found = replace(found, publish=())
    return Answer(tables.port_lines(engine.world, found, asked.port))


def logs(engine: Engine, asked: Namespace) -> Answer:
    """`docker logs`: what the program wrote, both of its streams, or the last lines of it. Raises Refusal."""
    found = engine.known(asked.container)
    log = f"{LOGS}/{found.name}.log"
    if asked.follow and found.name not in engine.idle():
        lines = "+1" if asked.tail == "all" else asked.tail
        return Answer(place=engine.node, argv=("tail", "-n", lines, f"--pid={engine.standing(found).pid}", "-F", log))
    file = Path(f"/proc/{engine.lab.pids[engine.node]}/root{log}")
    written = file.read_text(errors="replace").splitlines(keepends=True) if file.exists() else []
    return Answer("".join(written if asked.tail == "all" else written[-int(asked.tail) :]))


def images(engine: Engine, asked: Namespace) -> Answer:
    """`docker images`: the catalogue."""
    if asked.quiet:
        return Answer("".join(f"{network_id(name)[:12]}\n" for name in catalogue()))
    rows = [(name, "latest", network_id(name)[:12]) for name in catalogue()]
    return Answer(table(("REPOSITORY", "TAG", "IMAGE ID"), rows))


def version(engine: Engine, _: Namespace) -> Answer:
    """`docker version`: whose rules the engine follows."""
    return Answer(f"Emulated by vethlab {__version__}, with the rules of Docker Engine {engine.world.engine_version}\n")
