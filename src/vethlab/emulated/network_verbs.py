"""`docker network create`, `ls`, `connect`, `disconnect` and `rm`."""

from __future__ import annotations

import ipaddress
from argparse import Namespace

from pydantic import ValidationError

from ..docker_networks import network_id
from ..docker_versions import has
from ..model import Attachment, DockerNetwork
from ..world import DEFAULT_NETWORK, Sandbox, World
from . import amend, tables
from .documents import PSEUDO
from .engine import Answer, Engine, addresses
from .listing import chosen, listing
from .planned import connected, disconnected
from .refusal import Refusal

__all__ = ["connect", "create", "disconnect", "ls", "prune", "rm"]


def create(engine: Engine, asked: Namespace) -> Answer:
    """`docker network create`: the new network's id. Raises Refusal."""
    declared = _declared_network(engine, asked)
    world = amend.add_network(engine.world, engine.node, asked.name, declared)
    network = world.machines[engine.node].network(asked.name)
    with engine.changing(world) as host:
        host.add_network(network)
    return Answer(f"{network.id}\n")


def _declared_network(engine: Engine, asked: Namespace) -> DockerNetwork:
    options = dict(o.partition("=")[::2] for o in asked.opt)
    parent = options.pop("parent", None)
    for text in [*asked.subnet, *asked.ip_range]:
        _check_subnet(engine.world, text)
    try:
        return DockerNetwork(
            driver=asked.driver,
            subnets=tuple(ipaddress.ip_network(s) for s in asked.subnet),
            gateways=tuple(ipaddress.ip_address(g) for g in asked.gateway),
            ip_range=ipaddress.ip_network(asked.ip_range[0]) if asked.ip_range else None,
            internal=asked.internal,
            ipv6=asked.ipv6,
            options=options,
            parent=parent,
            attachable=asked.attachable,
        )
    except ValidationError:
        raise Refusal.daemon(
            f'could not find plugin {asked.driver} in v1 plugin registry: plugin "{asked.driver}" not found'
        ) from None
    except ValueError as error:
        raise Refusal(f'invalid argument "{asked.gateway[0]}" for "--gateway" flag: {error}', 125) from None


def _check_subnet(world: World, text: str) -> None:
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        if not has(world.engine_version, "subnet-words"):
            raise Refusal.daemon(f"Invalid subnet {text} : invalid CIDR address: {text}") from None
        raise Refusal.daemon(f"invalid network config:\ninvalid subnet {text}: invalid CIDR block notation") from None
    if str(meant) != text:
        raise Refusal.daemon(f"invalid network config:\ninvalid subnet {text}: it should be {meant}")


def ls(engine: Engine, asked: Namespace) -> Answer:
    """`docker network ls`: those of the host, with `host` and `none`, in the columns of Docker's table."""
    ids = {name: network_id(name, engine.node) for name in PSEUDO}
    machine = engine.world.machines[engine.node]
    rows = chosen(tables.network_rows(machine, ids, whole=asked.no_trunc), asked.filter, tables.NETWORK_FILTERS)
    return Answer(listing(rows, tables.NETWORK_COLUMNS, "NETWORK ID", form=asked.format, quiet=asked.quiet))


def connect(engine: Engine, asked: Namespace) -> Answer:
    """`docker network connect`: one more interface, in a container that does not run once it does. Raises Refusal."""
    if asked.gw_priority and not has(engine.world.engine_version, "gateway-priority"):
        raise Refusal("unknown flag: --gw-priority\nSee 'docker network connect --help'.", 125)
    before = engine.known(asked.container)
    attachment = Attachment(
        name=_named(engine, asked.network, idle=before.name in engine.idle()),
        aliases=tuple(asked.alias),
        addresses=addresses(asked),
        gateway_priority=asked.gw_priority,
    )
    if attachment.name == DEFAULT_NETWORK and attachment.aliases:
        raise Refusal.daemon("network-scoped aliases are only supported for user-defined networks")
    if before.name in engine.idle():
        engine.plan(connected(before, attachment))
    else:
        _rewire(engine, before, amend.connect(engine.world, engine.node, before.name, attachment))
    return Answer()


def _named(engine: Engine, network: str, *, idle: bool) -> str:
    """A network's name; for a container that does not run it may be one that is not there yet. Raises Refusal."""
    try:
        return amend.find_network(engine.world, engine.node, network).name
    except Refusal:
        if idle:
            return network
        raise


def disconnect(engine: Engine, asked: Namespace) -> Answer:
    """`docker network disconnect`: the interface goes, and rules and names follow. Raises Refusal."""
    before = engine.known(asked.container)
    if before.name in engine.idle():
        engine.plan(disconnected(before, _named(engine, asked.network, idle=True)))
    else:
        _rewire(engine, before, amend.disconnect(engine.world, engine.node, before.name, asked.network))
    return Answer()


def _rewire(engine: Engine, before: Sandbox, world: World) -> None:
    with engine.changing(world) as host:
        host.rewire(before, world.sandboxes[before.name])


def prune(engine: Engine, asked: Namespace) -> Answer:
    """Every network of one's own that nobody is on."""
    if not asked.force:
        raise Refusal("vethlab: nobody is asked whether they are sure: docker network prune -f")
    done = []
    for network in engine.world.machines[engine.node].networks:
        used = any(s.nic(network.name) for s in engine.containers())
        if network.name != DEFAULT_NETWORK and network.driver != "overlay" and not used:
            with engine.changing(amend.remove_network(engine.world, engine.node, network.name)) as host:
                host.remove_network(network)
            done.append(network.name)
    return Answer("".join(f"{line}\n" for line in ["Deleted Networks:", *done, ""]) if done else "")


def rm(engine: Engine, asked: Namespace) -> Answer:
    """`docker network rm`: a line for each that is gone. At the first in use raises Refusal, with the lines so far."""
    done = ""
    for name in asked.names:
        try:
            network = amend.find_network(engine.world, engine.node, name)
            world = amend.remove_network(engine.world, engine.node, network.name)
        except Refusal as refusal:
            raise Refusal(refusal.words + "\nexit status 1", 1, done) from None
        with engine.changing(world) as host:
            host.remove_network(network)
        done += f"{name}\n"
    return Answer(done)
