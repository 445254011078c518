"""`docker run`, `ps`, `exec`, `top`, `port`, `logs`, `images` and `version`."""

from __future__ import annotations

import ipaddress
import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from .. import __version__
from ..catalogue import catalogue
from ..container_files import hostname
from ..container_life import Run
from ..docker_inventory import container_id
from ..docker_networks import network_id
from ..model import Attachment, Container
from ..programs import search_path
from ..spawned.program import LOGS
from ..world import DEFAULT_NETWORK, Sandbox
from . import amend, tables
from .effects import Host
from .engine import Answer, Engine, addresses
from .listing import chosen, listing, table
from .names import container_name
from .refusal import Refusal

__all__ = ["exec_", "images", "logs", "port", "ps", "run", "top", "version"]


def run(engine: Engine, asked: Namespace) -> Answer:
    """`docker run`: the id, or the command, which the caller runs in the container. Raises Refusal, LabError."""
    image = asked.image.removesuffix(":latest")
    if image not in catalogue():
        there = ", ".join(catalogue())
        raise Refusal(
            f"Unable to find image '{image}:latest' locally\ndocker: Error response from daemon: "
            f"pull access denied for {image}, repository does not exist or may require 'docker login' "
            f"(images here: {there})",
            125,
        )
    if asked.restart != "no":
        raise Refusal("vethlab: the emulated engine restarts no container by itself: --restart no alone", 125)
    ids = engine.ids()
    name = asked.name or container_name({*engine.world.sandboxes, *ids})
    world = amend.add_container(engine.world, engine.node, name, _declared_container(engine, asked, image), ids)
    new = world.sandboxes[name]
    foreground = bool(asked.command) and not asked.detach
    environment = _environment(asked.env)
    with engine.changing(world) as host:
        host.add_container(new)
        engine.lab.lives.runs[name] = Run(tuple(asked.command), environment, _identity(engine, new), asked.rm)
        if not foreground:
            _start(engine, host, new)
    if foreground:
        return Answer(place=name, argv=_with(environment, asked.command), then=("ended", name))
    words = "" if asked.detach else f"vethlab: {name} runs in the background; see docker logs {name}\n"
    return Answer(f"{container_id(new)}\n", words)


def _start(engine: Engine, host: Host, new: Sandbox) -> None:
    """What it runs; where there is no such program it never was. Raises Refusal, LabError."""
    argv = engine.lab.lives.runs[new.name].argv
    try:
        if argv and not _is_found(engine.lab.pids[new.name], argv[0]):
            raise Refusal.daemon(
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc "
                "create failed: unable to start container process: error during container init: "
                f'exec: "{argv[0]}": executable file not found in $PATH: unknown',
                127,
            )
        engine.lab.starter.container(new)
    except Exception:
        host.discard(new)
        engine.lab.lives.forget(new.name)
        raise


def _is_found(pid: int, program: str) -> bool:
    """Whether a container, whose first process is `pid`, has that program."""
    root = f"/proc/{pid}/root"
    places = [""] if "/" in program else search_path().split(":")
    return any(os.access(f"{root}{place}/{program}", os.X_OK) for place in places)


def _environment(wanted: Sequence[str]) -> tuple[str, ...]:
    """NAME=VALUE; a NAME alone would be the caller's own, whom nobody asks."""
    for text in wanted:
        if not text.partition("=")[1] or text.startswith("="):
            raise Refusal(f"invalid environment variable: {text}", 125)
    return tuple(wanted)


def _with(environment: Sequence[str], argv: Sequence[str], *, directory: str = "") -> tuple[str, ...]:
    """The command with an environment, in a directory (env(1))."""
    where = ["-C", directory] if directory else []
    return ("env", *where, *environment, *argv) if environment or where else tuple(argv)


def _identity(engine: Engine, new: Sandbox) -> str:
    """What its server calls itself: its host name. In an attempt the checks ask for the container by its name."""
    return new.name if engine.lab.key else hostname(new)


def _declared_container(engine: Engine, asked: Namespace, image: str) -> Container:
    publish = [*asked.publish, *(_exposed(image) if asked.publish_all else ())]
    modes = [n for n in asked.network if n in ("host", "none") or n.startswith("container:")]
    if modes and publish and modes[0] != "host":
        raise Refusal("conflicting options: port publishing and the container type network mode", 125)
    try:
        return Container(
            image=image,
            node=engine.node,
            networks=() if modes else _places(engine, asked),
            network_mode=modes[0] if modes else None,
            publish=() if modes else publish,
            dns=tuple(ipaddress.ip_address(a) for a in asked.dns),
            dns_search=tuple(asked.dns_search),
            add_host=tuple(asked.add_host),
            hostname=asked.hostname,
        )
    except (ValidationError, ValueError) as error:
        raise Refusal(f"invalid argument: {_first(error)}", 125) from None


def _exposed(image: str) -> Iterator[str]:
    found = catalogue()[image]
    yield from (str(port) for port in found.serves("tcp"))
    yield from (f"{port}/udp" for port in found.serves("udp"))


def _places(engine: Engine, asked: Namespace) -> tuple[Attachment, ...]:
    """The networks it is on; the address and the aliases are for the first. Without any, docker0."""
    names = [n for n in asked.network if n != "default"]
    if names in ([], [DEFAULT_NETWORK]):
        if asked.network_alias:
            raise Refusal.daemon("network-scoped aliases are only supported for user-defined networks")
        if asked.ip or asked.ip6:
            words = "user specified IP address is supported on user defined networks only"
            raise Refusal.daemon(f"invalid config for network bridge: invalid endpoint settings:\n{words}")
        return ()
    first, *others = (amend.find_network(engine.world, engine.node, n).name for n in names)
    place = Attachment(name=first, aliases=tuple(asked.network_alias), addresses=addresses(asked))
    return (place, *(Attachment(name=name) for name in others))


def _first(error: ValueError) -> str:
    return error.errors()[0]["msg"].removeprefix("Value error, ") if isinstance(error, ValidationError) else str(error)


def ps(engine: Engine, asked: Namespace) -> Answer:
    """The youngest first; those that run no more with `--all`, or where one asks for the last few, or for them."""
    every = asked.all or asked.last >= 0 or any(f.startswith(("status=", "exited=")) for f in asked.filter)
    there = [*engine.containers(), *((e.sandbox for e in engine.ended().values()) if every else ())]
    standings = sorted(((engine.standing(each), each) for each in there), key=lambda pair: -pair[0].started)
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
    environment = (*run.environment, *_environment(asked.env))
    return Answer(place=found.name, argv=_with(environment, asked.command, directory=asked.workdir))


def top(engine: Engine, asked: Namespace) -> Answer:
    """As ps(1) in the container itself sees it, where Docker counts processes as the host does."""
    return Answer(place=engine.container(asked.container).name, argv=("ps", *(asked.options or ["-ef"])))


def port(engine: Engine, asked: Namespace) -> Answer:
    """`docker port`: where each published port is bound on the host, or the one asked for. Raises Refusal."""
    found = engine.known(asked.container)
    if found.name in engine.ended():
        found = replace(found, publish=())
    return Answer(tables.port_lines(engine.world, found, asked.port))


def logs(engine: Engine, asked: Namespace) -> Answer:
    """`docker logs`: what the program wrote, both of its streams, or the last lines of it. Raises Refusal."""
    found = engine.known(asked.container)
    log = f"{LOGS}/{found.name}.log"
    if asked.follow and found.name not in engine.ended():
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
