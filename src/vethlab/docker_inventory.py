"""What the role `docker` must know of one host: its networks, the endpoints on them, what is published, the names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from .docker_versions import has
from .model import Address, Publication
from .world import HostNetwork, Machine, Nic, Sandbox, World

__all__ = ["NAMESPACES", "bound_ports", "container_id", "docker_vars", "embedded_names"]

#: Where a container's network namespace has a name on its host.
NAMESPACES = "/run/docker/netns"
#: A value of a YAML document.
Vars = dict[str, Any]


def container_id(sandbox: Sandbox) -> str:
    """64 hexadecimal digits, as Docker's; the same in every run. The first twelve are a name of it too."""
    return hashlib.sha256(f"container/{sandbox.node}/{sandbox.name}".encode()).hexdigest()


def docker_vars(world: World, host: Machine) -> Vars:
    """`{"protected", "networks", "endpoints", "published"}`."""
    containers = [s for s in world.on(host.name) if s.kind == "container" and s.mode == "own"]
    return {
        "protected": has(world.engine_version, "protected"),
        "networks": [_network(world, host, n) for n in host.networks if n.bridge],
        "endpoints": [e for s in containers for e in _endpoints(host, s)],
        "published": [p for s in containers for p in _published(host, s)],
    }


def _network(world: World, host: Machine, network: HostNetwork) -> Vars:
    assert network.bridge
    found: Vars = {
        "name": network.name,
        "driver": network.driver,
        "bridge": network.bridge.name,
        "mac": network.bridge.mac,
        "mtu": network.bridge.mtu,
        "addresses": [str(a) for a in network.bridge.addresses],
        "subnets": [str(s) for s in network.subnets],
        "route_localnet": f"net/ipv4/conf/{network.bridge.name}/route_localnet",
        "internal": network.internal,
        "icc": network.icc,
        "masquerade": network.masquerade,
        "modes": list(network.modes),
    }
    return found | ({"tunnel": _tunnel(world, host, network)} if network.vtep else {})


def _tunnel(world: World, host: Machine, network: HostNetwork) -> Vars:
    """The VXLAN device of an overlay; frames for everybody go to every other host that has the network."""
    assert network.vtep
    others = [n.vtep for h in world.hosts() if h.name != host.name for n in h.networks if n.id == network.id]
    vtep = network.vtep
    return {
        "name": vtep.name,
        "mac": vtep.mac,
        "mtu": vtep.mtu,
        "vni": vtep.vni,
        "port": vtep.port,
        "local": str(vtep.local),
        "peers": [str(v.local) for v in others if v],
    }


def _endpoints(host: Machine, sandbox: Sandbox) -> Iterator[Vars]:
    """Every address of a container on a bridge network, with the mode of its gateway."""
    for nic in sandbox.nics:
        network = host.network(nic.network)
        if network.driver == "bridge" and network.bridge and not network.internal:
            for a in nic.addresses:
                yield {"address": str(a.ip), "bridge": nic.bridge, "mode": network.mode(a.version)}


def _published(host: Machine, sandbox: Sandbox) -> Iterator[Vars]:
    """Ports are published on the network of the default route; without one they are not."""
    for nic in sandbox.nics:
        network = host.network(nic.network)
        for address in (a.ip for a in nic.addresses if _leads_out(nic, a.version)):
            for p in sandbox.published:
                if p.address is None or p.address.version == address.version:
                    yield _publication(p, address) | {"bridge": nic.bridge, "mode": network.mode(address.version)}


def bound_ports(world: World, sandbox: Sandbox) -> list[tuple[str, int, str]]:
    """Where on its host a container's ports are bound, as (address, port, protocol); routed ones are not."""
    if sandbox.kind != "container" or sandbox.mode != "own":
        return []
    found = [p for p in _published(world.machines[sandbox.node], sandbox) if p["mode"] in ("nat", "nat-unprotected")]
    everywhere = {p["container"]: "::" if ":" in p["container"] else "0.0.0.0" for p in found}
    return [(p.get("address", everywhere[p["container"]]), p["host_port"], p["protocol"]) for p in found]


def _leads_out(nic: Nic, version: int) -> bool:
    return nic.publishes and any(g.version == version for g in nic.gateways)


def _publication(publication: Publication, container: Address) -> Vars:
    parts: Vars = {
        "container": str(container),
        "host_port": publication.host_port,
        "port": publication.port,
        "protocol": publication.protocol,
    }
    return parts if publication.address is None else parts | {"address": str(publication.address)}


def embedded_names(world: World, host: Machine) -> Vars | None:
    """The configuration of the embedded name server (vethlab.embedded_dns); None where no container asks it."""
    served = [s for s in world.on(host.name) if s.embedded_dns and s.mode == "own"]
    if not served:
        return None
    networks = [n for n in host.networks if n.user_defined]
    return {
        "networks": {n.id: {"name": n.name, "members": list(_members(world, host, n))} for n in networks},
        "containers": [_view(host, s) for s in served],
    }


def _members(world: World, host: Machine, network: HostNetwork) -> Iterator[Vars]:
    """The containers on a network, on every host if they share it."""
    for sandbox in world.sandboxes.values():
        nic = sandbox.nic(network.name) if sandbox.kind == "container" and sandbox.mode == "own" else None
        if nic and (sandbox.node == host.name or network.driver == "overlay"):
            names = [sandbox.name, *nic.aliases, container_id(sandbox)[:12]]
            yield {"names": names, "addresses": [str(a.ip) for a in nic.addresses]}


def _view(host: Machine, sandbox: Sandbox) -> Vars:
    networks = [host.network(n.network) for n in sandbox.nics]
    return {
        "name": sandbox.name,
        "namespace": f"{NAMESPACES}/{sandbox.name}",
        "networks": [n.id for n in networks if n.user_defined],
        "upstream": [str(s) for s in sandbox.resolving.servers] or None,
        "forwards": any(n.leads for n in networks),
    }
