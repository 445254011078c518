"""`docker run`, `rm`, `ps`, `exec`, `port`, `logs`, `images` and `version`."""

from __future__ import annotations

import ipaddress
from argparse import Namespace
from pathlib import Path

from pydantic import ValidationError

from .. import __version__
from ..catalogue import catalogue
from ..container_files import hostname
from ..docker_inventory import container_id
from ..docker_networks import network_id
from ..model import Attachment, Container
from ..world import DEFAULT_NETWORK
from . import amend, tables
from .engine import Answer, Engine, addresses
from .names import container_name
from .refusal import Refusal

__all__ = ["exec_", "images", "logs", "port", "ps", "rm", "run", "version"]


def run(engine: Engine, asked: Namespace) -> Answer:
    image = asked.image.removesuffix(":latest")
    if image not in catalogue():
        there = ", ".join(catalogue())
        raise Refusal(
            f"Unable to find image '{image}:latest' locally\ndocker: Error response from daemon: "
            f"pull access denied for {image}, repository does not exist or may require 'docker login' "
            f"(images here: {there})",
            125,
        )
    ids = {s.name: container_id(s) for s in engine.containers()}
    name = asked.name or container_name(engine.world.sandboxes)
    world = amend.add_container(engine.world, engine.node, name, _declared_container(engine, asked, image), ids)
    new = world.sandboxes[name]
    foreground = bool(asked.command) and not asked.detach
    with engine.changing(world) as host:
        host.add_container(new)
        if asked.command and not foreground:
            engine.lab.starter.command(name, asked.command)
        elif not foreground:
            # Unless told otherwise its host name is its ID, which no check of an attempt can know beforehand.
            identity = name if engine.lab.key else hostname(new)
            engine.lab.starter.images([(name, catalogue()[image])], identity=identity)
    if foreground:
        return Answer(place=name, argv=tuple(asked.command), then=("rm", "-f", name) if asked.rm else ())
    words = "" if asked.detach else f"vethlab: {name} runs in the background; see docker logs {name}\n"
    return Answer(f"{container_id(new)}\n", words)


def _declared_container(engine: Engine, asked: Namespace, image: str) -> Container:
    modes = [n for n in asked.network if n in ("host", "none") or n.startswith("container:")]
    if modes and asked.publish and modes[0] != "host":
        raise Refusal("conflicting options: port publishing and the container type network mode", 125)
    try:
        return Container(
            image=image,
            node=engine.node,
            networks=() if modes else _places(engine, asked),
            network_mode=modes[0] if modes else None,
            publish=() if modes else asked.publish,
            dns=tuple(ipaddress.ip_address(a) for a in asked.dns),
            dns_search=tuple(asked.dns_search),
            add_host=tuple(asked.add_host),
            hostname=asked.hostname,
        )
    except (ValidationError, ValueError) as error:
        raise Refusal(f"invalid argument: {_first(error)}", 125) from None


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


def rm(engine: Engine, asked: Namespace) -> Answer:
    done = ""
    for name in asked.names:
        try:
            old = engine.container(name)
            world = amend.remove_container(engine.world, engine.node, old.name, force=asked.force)
        except Refusal as refusal:
            raise Refusal(refusal.words, 1, done) from None
        with engine.changing(world) as host:
            host.remove_container(old)
        done += f"{name}\n"
    return Answer(done)


def ps(engine: Engine, asked: Namespace) -> Answer:
    found = [(s, engine.made(s)) for s in engine.containers()]
    return Answer(tables.containers_table(found, quiet=asked.quiet, whole=asked.no_trunc))


def exec_(engine: Engine, asked: Namespace) -> Answer:
    return Answer(place=engine.container(asked.container).name, argv=tuple(asked.command))


def port(engine: Engine, asked: Namespace) -> Answer:
    found = engine.container(asked.container)
    return Answer(tables.port_lines(found, asked.port))


def logs(engine: Engine, asked: Namespace) -> Answer:
    found = engine.container(asked.container)
    file = Path(f"/proc/{engine.lab.pids[found.name]}/root/var/log/workloads/{found.name}.log")
    lines = file.read_text(errors="replace").splitlines(keepends=True) if file.exists() else []
    return Answer("".join(lines if asked.tail == "all" else lines[-int(asked.tail) :]))


def images(engine: Engine, asked: Namespace) -> Answer:
    if asked.quiet:
        return Answer("".join(f"{network_id(name)[:12]}\n" for name in catalogue()))
    rows = [(name, "latest", network_id(name)[:12]) for name in catalogue()]
    return Answer(tables.table(("REPOSITORY", "TAG", "IMAGE ID"), rows))


def version(engine: Engine, _: Namespace) -> Answer:
    return Answer(f"Emulated by vethlab {__version__}, with the rules of Docker Engine {engine.world.engine_version}\n")
