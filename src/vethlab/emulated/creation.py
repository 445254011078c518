"""`docker create` and `docker run`: a container is made, and starts. One that could not start stays, as `Created`."""

from __future__ import annotations

import ipaddress
import os
import re
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError

from ..catalogue import catalogue
from ..container_files import hostname
from ..container_life import Idle, Run
from ..docker_inventory import container_id
from ..model import Attachment, Container
from ..programs import search_path
from ..world import DEFAULT_NETWORK, Sandbox
from . import amend
from .engine import Answer, Engine, addresses
from .environment import environment, with_environment
from .names import container_name
from .planned import new_container
from .refusal import Refusal

__all__ = ["begin", "create", "run"]

_POLICY = re.compile(r"no|always|unless-stopped|on-failure(:\d+)?")

#: Exit statuses of a container that could not be started: there is no such program, and anything else.
_NO_PROGRAM, _NOT_STARTED = 127, 128


def create(engine: Engine, asked: Namespace) -> Answer:
    """`docker create`: the id of a container that `docker start` starts. Raises Refusal."""
    return Answer(f"{container_id(_create(engine, asked))}\n")


def run(engine: Engine, asked: Namespace) -> Answer:
    """`docker run`: the id, or the command, which the caller runs in the container. Raises Refusal, LabError."""
    new = _create(engine, asked)
    foreground = bool(asked.command) and not asked.detach and asked.restart == "no"
    told = f"{container_id(new)}\n"
    try:
        begin(engine, new, foreground=foreground)
    except Exception as error:
        if asked.rm:
            engine.forget(new)
        if isinstance(error, Refusal) and asked.detach:
            error.output = told
        raise
    if foreground:
        argv = with_environment(engine.lab.lives.runs[new.name].environment, asked.command)
        return Answer(place=new.name, argv=argv, then=("ended", new.name))
    return Answer(
        told, "" if asked.detach else f"vethlab: {new.name} runs in the background; see docker logs {new.name}\n"
    )


def begin(engine: Engine, idle: Sandbox, *, foreground: bool = False) -> None:
    """A container that does not run starts; its command in the foreground is the caller's. Raises Refusal, LabError.

    What kept it from starting is remembered, as `docker inspect` shows it.
    """
    lives = engine.lab.lives
    known = lives.idle[idle.name]
    try:
        world = amend.start_container(engine.world, engine.node, idle, engine.ids())
        new = world.sandboxes[idle.name]
        with engine.changing(world) as host:
            host.add_container(new)
            try:
                if not foreground:
                    _start_program(engine, new)
            except Exception:
                host.discard(new)
                raise
            del lives.idle[idle.name]
    except Refusal as refusal:
        status = _NO_PROGRAM if refusal.status == _NO_PROGRAM else known.status or _NOT_STARTED
        lives.idle[idle.name] = replace(known, status=status, error=refusal.cause)
        raise


def _start_program(engine: Engine, new: Sandbox) -> None:
    argv = engine.lab.lives.runs[new.name].argv
    if argv and not _is_found(engine.lab.pids[new.name], argv[0]):
        raise Refusal.daemon(
            "failed to create task for container: failed to create shim task: OCI runtime create failed: runc "
            "create failed: unable to start container process: error during container init: "
            f'exec: "{argv[0]}": executable file not found in $PATH: unknown',
            _NO_PROGRAM,
        )
    engine.lab.starter.containers([new])


def _is_found(pid: int, program: str) -> bool:
    """Whether a container, whose first process is `pid`, has that program."""
    root = f"/proc/{pid}/root"
    places = [""] if "/" in program else search_path().split(":")
    return any(os.access(f"{root}{place}/{program}", os.X_OK) for place in places)


def _create(engine: Engine, asked: Namespace) -> Sandbox:
    """A container that does not run yet, and what it was told."""
    image = _image(asked.image)
    _refuse_policy(asked)
    ids, variables = engine.ids(), environment(asked.env)
    name = asked.name or container_name({*engine.world.sandboxes, *ids})
    new = new_container(engine.world, engine.node, name, _declared_container(engine, asked, image), ids)
    identity = _identity(engine, new)
    engine.lab.lives.runs[name] = Run(tuple(asked.command), variables, identity, asked.rm, time.time(), asked.restart)
    engine.lab.lives.idle[name] = Idle(new)
    return new


def _image(asked: str) -> str:
    image = asked.removesuffix(":latest")
    if image not in catalogue():
        there = ", ".join(catalogue())
        raise Refusal(
            f"Unable to find image '{image}:latest' locally\ndocker: Error response from daemon: "
            f"pull access denied for {image}, repository does not exist or may require 'docker login' "
            f"(images here: {there})",
            125,
        )
    return image


def _refuse_policy(asked: Namespace) -> None:
    """In docker's words, what `--restart` does not know or go with."""
    if not _POLICY.fullmatch(asked.restart):
        raise Refusal.daemon(f"invalid restart policy: unknown policy '{asked.restart}'", 125)
    if asked.rm and asked.restart != "no":
        raise Refusal("conflicting options: cannot specify both --restart and --rm", 125)


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
    first, *others = names
    place = Attachment(name=first, aliases=tuple(asked.network_alias), addresses=addresses(asked))
    return (place, *(Attachment(name=name) for name in others))


def _first(error: ValueError) -> str:
    return error.errors()[0]["msg"].removeprefix("Value error, ") if isinstance(error, ValidationError) else str(error)
