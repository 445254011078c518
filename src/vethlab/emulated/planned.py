"""A container that does not run: what it is to have of networks, which need not be there before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_interface

from ..containers import bare, places
from ..docker_inventory import container_id
from ..model import Attachment, Container
from ..world import Nic, Sandbox, World
from .refusal import Refusal, no_such_container

__all__ = ["asked_of", "connected", "disconnected", "new_container", "next_index", "refuse_mode"]


def new_container(world: World, node: str, name: str, declared: Container, ids: dict[str, str]) -> Sandbox:
    """One more container on a host. `ids` are those of all others there, by their names. Raises Refusal."""
    if name in world.sandboxes or name in world.machines or name in ids:
        told = ids.get(name, name)
        raise Refusal.daemon(
            f'Conflict. The container name "/{name}" is already in use by container "{told}". You have to remove '
            "(or rename) that container to be able to reuse that name."
        )
    if declared.joins and declared.joins not in ids:
        raise no_such_container(declared.joins)
    made = bare(name, declared, world.machines[node], next_index(world))
    return _named(replace(made, nics=_numbered(places(declared))))


def next_index(world: World) -> int:
    """The number of one more sandbox."""
    return 1 + max((s.index for s in world.sandboxes.values()), default=0)


def _named(made: Sandbox) -> Sandbox:
    """Docker calls a container that is told no host name by its short id."""
    if made.mode not in ("own", "none") or made.resolving.hostname:
        return made
    return replace(made, resolving=replace(made.resolving, hostname=container_id(made)[:12]))


def connected(idle: Sandbox, attachment: Attachment) -> Sandbox:
    """It is to be on one more network; where it was to be before, with what is asked for now. Raises Refusal."""
    refuse_mode(idle)
    places = {n.network: asked_of(n) for n in idle.nics} | {attachment.name: attachment}
    return replace(idle, nics=_numbered(places.values()))


def disconnected(idle: Sandbox, network: str) -> Sandbox:
    """It is to be on one network less. Raises Refusal."""
    if not idle.nic(network):
        raise Refusal.daemon(f"container {container_id(idle)} is not connected to the network {network}")
    return replace(idle, nics=_numbered(asked_of(n) for n in idle.nics if n.network != network))


def refuse_mode(container: Sandbox) -> None:
    """Whose network namespace has no place for one more network."""
    if container.mode == "none":
        words = "container cannot be connected to multiple networks with one of the networks in private (none) mode"
        raise Refusal.daemon(words)
    if container.mode != "own":
        words = "container sharing network namespace with another container or host"
        raise Refusal.daemon(f"{words} cannot be connected to any other network")


def asked_of(nic: Nic) -> Attachment:
    """What was asked for an interface: an address that nobody chose is not."""
    fixed = tuple(a.ip for a in nic.addresses) if nic.fixed else ()
    return Attachment(name=nic.network, aliases=nic.aliases, addresses=fixed, gateway_priority=nic.priority)


def _numbered(places: Iterable[Attachment]) -> tuple[Nic, ...]:
    """The interfaces it is to have, without what only a network can give."""
    return tuple(
        Nic(
            name=f"eth{number}",
            network=place.name,
            mac="",
            addresses=tuple(ip_interface(a) for a in place.addresses),
            gateways=(),
            mtu=0,
            aliases=place.aliases,
            priority=place.gateway_priority,
            fixed=bool(place.addresses),
        )
        for number, place in enumerate(places)
    )
