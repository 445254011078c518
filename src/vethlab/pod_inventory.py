"""What an inventory says of the pod network: variables of hosts and routers, and the groups that roles are for.

pod_bridges                       pod_bridge                every host with a bridge for pods
cni                               cni, pod_bridge           instead: those whose CNI plugins make the bridge
vxlan, ipip, wireguard,
forwarder, open_vswitch           vteps with their peers    hosts, by what the tunnel is made of
pod_routers                       pod_routes                hosts, and routers that know the pods
bgp                               bgp                       Calico's hosts; routers too, where they are peers
plain, flannel, calico, weave     pod_network, pod_prefixes hosts, by who makes the network
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .model import PodNetwork, Subnet
from .ordinals import mac_of
from .podnet import Speaker, kind_of, speakers
from .world import Bridge, Machine, PodRoute, Vtep, World

__all__ = ["GROUPS", "bridge_vars", "pod_groups", "pod_vars"]

#: A value of a YAML document.
Vars = dict[str, Any]

#: In the order in which site.yml asks for them.
GROUPS = (
    "pod_bridges",
    "cni",
    "vxlan",
    "ipip",
    "wireguard",
    "forwarder",
    "open_vswitch",
    "pod_routers",
    "bgp",
    "plain",
    "flannel",
    "calico",
    "weave",
)
#: The next hop of a host whose switch routes: nobody has it, and the switch takes it from there.
_ROUTER = "169.254.1.1"
#: Which role makes the tunnel.
_TUNNELS = {
    "vxlan": "vxlan",
    "ipip": "ipip",
    "wireguard": "wireguard",
    "udp": "forwarder",
    "sleeve": "forwarder",
    "geneve": "open_vswitch",
}


def pod_groups(world: World) -> dict[str, list[str]]:
    """Who is in which group; all groups are there, so that a playbook may ask for each."""
    found: dict[str, list[str]] = {group: [] for group in GROUPS}
    for machine in world.machines.values():
        for group in _groups(world, machine):
            found[group].append(machine.name)
    return found


def _groups(world: World, machine: Machine) -> Iterator[str]:
    network, pods = world.pod_network, machine.pods
    if network is None:
        return
    if _has_static_routes(network, machine):
        yield "pod_routers"
    if machine.name in speakers(network, world.machines):
        yield "bgp"
    if pods is None:
        return
    if pods.bridge and pods.wiring != "switch":
        yield "cni" if world.cni else "pod_bridges"
    # On a flat network VXLAN is a port of the bridge, and the role weave makes it.
    yield from {_TUNNELS[v.kind] for v in pods.vteps if (pods.wiring, v.kind) != ("flat", "vxlan")}
    if network.type != "geneve":
        yield network.type.partition("-")[0]


def pod_vars(world: World, machine: Machine) -> Vars:
    """The variables of one machine."""
    network, pods = world.pod_network, machine.pods
    if network is None:
        return {}
    found: Vars = {}
    if pods:
        found |= _host_vars(world, network, machine)
    if _has_static_routes(network, machine):
        found["pod_routes"] = _static_routes(world, network, machine)
    if speaker := speakers(network, world.machines).get(machine.name):
        found["bgp"] = _speaker(world, network, machine, speaker)
    return found


def _host_vars(world: World, network: PodNetwork, host: Machine) -> Vars:
    pods = host.pods
    assert pods
    found: Vars = {"pod_network": {"type": network.type, "cidrs": [str(c) for c in network.cidrs]}}
    found["pod_network"]["mtu"] = pods.mtu
    if pods.bridge:
        found["pod_bridge"] = bridge_vars(pods.bridge)
    found["pod_prefixes"] = [_prefix(s, world.pod_cidrs) for s in pods.subnets]
    if pods.vteps:
        found["vteps"] = [_vtep(world, host, v) for v in pods.vteps]
    if pods.wiring == "switch":
        found["uplink"] = _uplink(host, pods.vteps[0])
    return found | _cni(world)


def _cni(world: World) -> Vars:
    """What the configuration list of every host is made of, beside the host's own bridge and prefixes."""
    if world.cni is None:
        return {}
    pods = [s for s in world.sandboxes.values() if s.kind == "pod"]
    wanted = (("portmap", any(s.publish for s in pods)), ("bandwidth", any(s.bandwidth for s in pods)))
    chain = [plugin for plugin, wants in wanted if wants]
    return {"cni": {"version": world.cni.version, "plugin": world.cni.type, "config": world.cni.config, "chain": chain}}


def bridge_vars(bridge: Bridge) -> Vars:
    """`{"name", "mac", "mtu", "addresses": ["IP/LENGTH", …], "subnets": […]}`."""
    return {
        "name": bridge.name,
        "mac": bridge.mac,
        "mtu": bridge.mtu,
        "addresses": [str(a) for a in bridge.addresses],
        "subnets": [str(s) for s in bridge.subnets],
    }


def _prefix(subnet: Subnet, clusters: Iterable[Subnet]) -> Vars:
    cluster = next(c for c in clusters if c.version == subnet.version and subnet.network_address in c)
    return {"prefix": str(subnet), "cluster": str(cluster)}


def _vtep(world: World, host: Machine, vtep: Vtep) -> Vars:
    return {
        "name": vtep.name,
        "kind": vtep.kind,
        "mac": vtep.mac,
        "address": str(vtep.address),
        "local": str(vtep.local),
        "vni": vtep.vni,
        "port": vtep.port,
        "mtu": vtep.mtu,
        "peers": list(_peers(world, host, vtep)),
    }


def _peers(world: World, host: Machine, vtep: Vtep) -> Iterator[Vars]:
    """Those that are reached through the tunnel: on one switch some networks do without."""
    direct = {(r.peer, r.prefix) for r in host.pod_routes if r.device is None}
    for peer in world.hosts():
        if peer.pods is None or peer.name == host.name:
            continue
        theirs = next(v for v in peer.pods.vteps if v.name == vtep.name)
        for prefix in (p for p in peer.pods.announced if p.version == theirs.address.version):
            if (peer.name, prefix) not in direct:
                yield _peer(peer.name, theirs, prefix)


def _peer(name: str, theirs: Vtep, prefix: Subnet) -> Vars:
    return {
        "name": name,
        "mac": theirs.mac,
        "address": str(theirs.address),
        "underlay": str(theirs.local),
        "prefix": str(prefix),
    } | ({"vni": theirs.vni} if theirs.kind == "geneve" else {})


def _uplink(host: Machine, vtep: Vtep) -> Vars:
    """The port that the tunnel leaves by, and what a switch that takes it over must have of it."""
    port = next(p for p in host.ports if vtep.local in (a.ip for a in p.addresses))
    on_link = [g for g in host.gateways if any(g in a.network for a in port.addresses)]
    return {
        "name": port.name,
        "mtu": port.mtu,
        "bridge_mac": mac_of("0a:58", port.addresses, 0xFD000000 + host.index),
        "addresses": [str(a) for a in port.addresses],
        "routes": [{"to": "0.0.0.0/0" if g.version == 4 else "::/0", "via": str(g)} for g in on_link],
    }


def _has_static_routes(network: PodNetwork, machine: Machine) -> bool:
    """Whether it could have some: with the last peer the list is empty, and what there was must go."""
    if network.type == "calico-bgp":
        return False
    pods = machine.pods
    if pods is None:
        return machine.role == "router" and kind_of(network).statically
    carried = any(v.kind != "vxlan" for v in pods.vteps)
    return pods.wiring != "flat" and (network.direct_routing or not pods.vteps or pods.wiring == "routed" or carried)


def _static_routes(world: World, network: PodNetwork, machine: Machine) -> list[Vars]:
    """Those that are written down; BGP brings the others by itself, and so does what fills a VXLAN device's tables."""
    if network.type == "calico-bgp":
        return []
    routes = [_route(r) for r in machine.pod_routes if r.device is None]
    for vtep in machine.pods.vteps if machine.pods else ():
        routes += _tunnel_routes(world, network, machine, vtep)
    if machine.pods and machine.pods.wiring == "routed":
        routes += [{"to": str(s), "kind": "blackhole"} for s in machine.pods.blocks]
    return routes


def _tunnel_routes(world: World, network: PodNetwork, host: Machine, vtep: Vtep) -> list[Vars]:
    """A device that knows its peers takes the whole cluster; through IP in IP the gateway is where it is sent to."""
    if vtep.kind in ("udp", "wireguard"):
        return [{"to": str(c), "device": vtep.name} for c in network.cidrs if c.version == vtep.address.version]
    if vtep.kind == "geneve" and host.pods and host.pods.bridge:
        device = host.pods.bridge.name
        return [{"to": str(c), "via": _ROUTER, "device": device, "onlink": True} for c in network.cidrs]
    if vtep.kind == "ipip":
        return [_onlink(peer, vtep) for peer in _peers(world, host, vtep)]
    return []


def _onlink(peer: Vars, vtep: Vtep) -> Vars:
    return {"to": peer["prefix"], "via": peer["underlay"], "device": vtep.name, "onlink": True}


def _route(route: PodRoute) -> Vars:
    return {"to": str(route.prefix), "via": str(route.gateway)}


def _speaker(world: World, network: PodNetwork, machine: Machine, speaker: Speaker) -> Vars:
    singles = {b for host in world.hosts() if host.pods for b in host.pods.borrowed}
    sessions = [
        {
            "name": s.peer,
            "local": str(s.local),
            "remote": str(s.remote),
            "as": s.remote_as,
            "client": s.client,
        }
        for s in speaker.sessions
    ]
    return {
        "as": speaker.number,
        "router_id": str(speaker.router_id),
        "cidrs": [str(c) for c in network.cidrs],
        "blocks": [str(b) for b in speaker.blocks],
        "borrowed": [str(b) for b in speaker.borrowed],
        # Of a single address others hear when its pod is there, which comes after the playbooks.
        "expected": [str(r.prefix) for r in machine.pod_routes if r.prefix not in singles],
        "sessions": sessions,
    }
