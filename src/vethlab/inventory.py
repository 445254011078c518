"""The Ansible inventory of a world: what an operator would write by hand for the same machines.

    all
    ├── hosts         docker, embedded_dns, name_server, resolver; what it has of the pod network (pod_inventory)
    ├── routers       static_routes, outside_ports, inside_subnets
    ├── outside       name_server where it is one, resolver
    ├── docker, docker_overlays, embedded_dns, name_servers, resolvers: who has these variables
    └── pod_bridges, vxlan, flannel, …: who takes part in what of the pod network

Nothing here knows about a capsule, unless `pids` is given: then every machine also has `vethlab_pid`, the process
whose namespaces are that machine, which the collection's action plugins enter instead of connecting.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .docker_inventory import docker_vars, embedded_names
from .pod_inventory import pod_groups, pod_vars
from .world import Machine, World

__all__ = ["embedded_dns_argv", "inventory"]

#: A value of a YAML document.
Vars = dict[str, Any]


def inventory(world: World, pids: Mapping[str, int] | None = None) -> Vars:
    """The inventory as one YAML or JSON document (docs.ansible.com, "How to build your inventory").

    `pids` maps a machine to its first process, as seen from where Ansible runs; 0 means that it is told later.
    """
    machines = {name: _machine(world, machine) | _place(pids, name) for name, machine in world.machines.items()}
    groups = {role: [m.name for m in world.machines.values() if m.role == role] for role in _GROUPS}
    children: Vars = {_GROUPS[role]: {"hosts": {n: machines[n] for n in names}} for role, names in groups.items()}
    members = {group: [n for n in machines if has(machines[n])] for group, has in _CONCERNS.items()} | pod_groups(world)
    children |= {group: {"hosts": {n: {} for n in names}} for group, names in members.items()}
    return {"all": {"vars": _shared(pids), "children": children}}


#: Started so, it imports nothing but what it needs.
_EMBEDDED_DNS = (
    "import sys; sys.path.insert(0, sys.argv[1]); from vethlab.embedded_dns.server import main; main(*sys.argv[2:])"
)
_GROUPS = {"host": "hosts", "router": "routers", "outside": "outside"}


def _has_overlays(machine: Vars) -> bool:
    return any("tunnel" in network for network in machine.get("docker", {}).get("networks", ()))


#: Group → whether a machine of these variables is in it.
_CONCERNS: dict[str, Callable[[Vars], bool]] = {
    "docker": lambda machine: "docker" in machine,
    "docker_overlays": _has_overlays,
    "embedded_dns": lambda machine: "embedded_dns" in machine,
    "name_servers": lambda machine: "name_server" in machine,
    "resolvers": lambda machine: "resolver" in machine,
}


def _shared(pids: Mapping[str, int] | None) -> Vars:
    """A capsule may have one user id and no right to change groups (user_namespaces(7)): daemons stay who they are."""
    if pids is None:
        return {}
    return {
        "ansible_connection": "local",
        "name_service_user": "root",
        "name_service_group": "",
        "embedded_dns_argv": embedded_dns_argv(),
    }


def embedded_dns_argv() -> list[str]:
    """The embedded name server of emulated hosts; its configuration and its pidfile follow."""
    return [sys.executable, "-I", "-S", "-c", _EMBEDDED_DNS, str(Path(__file__).parents[1])]


def _place(pids: Mapping[str, int] | None, name: str) -> Vars:
    return {} if pids is None else {"vethlab_pid": pids[name]}


def _machine(world: World, machine: Machine) -> Vars:
    reach: Vars = {"ansible_host": str(machine.addresses[0])}
    match machine.role:
        case "host":
            return reach | _host(world, machine)
        case "router":
            return reach | _router(world, machine) | pod_vars(world, machine)
        case _:
            return reach | _outside(world, machine)


def _host(world: World, host: Machine) -> Vars:
    found: Vars = {}
    if host.docker0 and world.engine != "dockerd":  # which makes its own networks and rules
        found["docker"] = docker_vars(world, host)
        if names := embedded_names(world, host):
            found["embedded_dns"] = names
    found |= pod_vars(world, host)
    if world.dns:
        found["name_server"] = _local_name_server(world, host)
        found["resolver"] = {"servers": [str(host.addresses[0])], "search": [world.dns.domain]}
    return found


def _local_name_server(world: World, host: Machine) -> Vars:
    """Nodes, pods, and the containers of this host only: others' containers cannot be reached by address."""
    assert world.dns
    names = {m.name: [str(a) for a in m.addresses] for m in world.machines.values()}
    seen = (s for s in world.sandboxes.values() if s.kind == "pod" or s.node == host.name)
    names |= {s.name: [str(a) for v in (4, 6) if (a := s.address(v))] for s in seen if s.addresses}
    upstream = world.dns.recursive and world.machines[world.dns.recursive]
    forward = [{"servers": [str(upstream.addresses[0])]}] if upstream else []
    return {"zones": {world.dns.domain: names}, "forward": forward}


def _router(world: World, router: Machine) -> Vars:
    outside = {name for name, subnets in world.subnets.items() if set(subnets) & set(world.outside)}
    inside = [str(s) for name, subnets in world.subnets.items() if name not in outside for s in subnets]
    return {
        "static_routes": [{"to": str(r.destination), "via": str(r.gateway)} for r in router.routes],
        "outside_ports": [p.name for p in router.ports if p.switch in outside],
        "inside_subnets": inside,
    }


def _outside(world: World, machine: Machine) -> Vars:
    dns = world.dns
    if dns is None:
        return {}
    found: Vars = {}
    if machine.name in (dns.authoritative, dns.recursive):
        found["name_server"] = _outside_name_server(world, machine)
    if dns.recursive:
        found["resolver"] = {"servers": [str(world.machines[dns.recursive].addresses[0])], "search": []}
    return found


def _outside_name_server(world: World, machine: Machine) -> Vars:
    assert world.dns
    own = world.dns.zones if machine.name == world.dns.authoritative else {}
    zones = {zone: {n: [str(a) for a in addresses] for n, addresses in names.items()} for zone, names in own.items()}
    asked = world.machines.get(world.dns.authoritative or "") if machine.name == world.dns.recursive else None
    others = [zone for zone in world.dns.zones if zone not in own]
    forward = [{"zone": zone, "servers": [str(asked.addresses[0])]} for zone in others] if asked else []
    return {"zones": zones, "forward": forward}
