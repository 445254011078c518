"""What `docker inspect` and `docker network inspect` print: Docker's keys, with this world's values.

Source: moby, api/types (container.InspectResponse, network.Inspect).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from ..container_files import hostname
from ..container_life import Run
from ..docker_inventory import NAMESPACES, bound_ports, container_id
from ..docker_networks import network_id
from ..docker_versions import has
from ..model import EngineVersion
from ..world import DEFAULT_NETWORK, HostNetwork, Machine, Nic, Sandbox, World

__all__ = ["PSEUDO", "Standing", "container_document", "endpoint_id", "network_document", "ports", "when"]

Document = dict[str, Any]
_NEVER = "0001-01-01T00:00:00Z"
#: The networks without a bridge, and their drivers.
PSEUDO = {"host": "host", "none": "null"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a container is in its life. Times are seconds since 1970, None where it has not come so far.

    `pid` is its first process as its host counts, 0 when it does not run; `error` is what kept it from starting.
    It has started again by itself so often (`restarts`), or `waits` to do so.
    """

    run: Run
    started: float | None = None
    finished: float | None = None
    status: int = 0
    pid: int = 0
    error: str = ""
    restarts: int = 0
    waits: bool = False

    @property
    def created(self) -> float:
        """When it was made; of those that the lab made, since when they run."""
        return self.run.created or self.started or 0.0

    @property
    def state(self) -> Literal["created", "running", "restarting", "exited"]:
        """As Docker calls it."""
        if self.waits:
            return "restarting"
        return "created" if self.started is None else "running" if self.finished is None else "exited"


def when(seconds: float) -> str:
    """RFC 3339, of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def endpoint_id(sandbox: Sandbox, network: str) -> str:
    """64 hexadecimal digits for a container's place on a network."""
    return hashlib.sha256(f"{container_id(sandbox)}/{network}".encode()).hexdigest()


def _of_version(version: EngineVersion, endpoint: Document, identity: str) -> Document:
    """Without the keys of later versions; a short id was among the aliases before there were DNSNames."""
    if not has(version, "gateway-priority"):
        endpoint.pop("GwPriority", None)
    if not has(version, "dns-names") and endpoint.pop("DNSNames", None):
        endpoint["Aliases"] = [*(endpoint["Aliases"] or ()), identity[:12]]
    return endpoint


def container_document(world: World, sandbox: Sandbox, standing: Standing) -> Document:
    """`docker inspect`."""
    host, run = world.machines[sandbox.node], standing.run
    runs = standing.state == "running"
    settings = _settings(world, host, sandbox, runs=runs)
    files = f"/var/lib/docker/containers/{container_id(sandbox)}"
    return {
        "Id": container_id(sandbox),
        "Created": when(standing.created),
        "Path": run.argv[0] if run.argv else sandbox.image,
        "Args": list(run.argv[1:]),
        "State": _state(standing),
        "Image": f"sha256:{network_id(sandbox.image)}",
        "ResolvConfPath": f"{files}/resolv.conf",
        "HostnamePath": f"{files}/hostname",
        "HostsPath": f"{files}/hosts",
        "LogPath": f"/var/log/workloads/{sandbox.name}.log",
        "Name": f"/{sandbox.name}",
        "RestartCount": standing.restarts,
        "Driver": "vethlab",
        "Platform": "linux",
        "HostConfig": _host_config(sandbox, run.restart),
        "Config": {
            "Hostname": hostname(sandbox),
            "Domainname": "",
            "ExposedPorts": {f"{p.port}/{p.protocol}": {} for p in sandbox.wanted},
            "Env": list(run.environment),
            "Cmd": list(run.argv) or None,
            "Image": sandbox.image,
            "Labels": {},
        },
        "NetworkSettings": settings if runs else _unplugged(settings),
    }


def _unplugged(settings: Document) -> Document:
    """What is left of them when a container runs no more: the names of its networks."""
    blank = dict.fromkeys(_ADDRESSES, "") | _NO_LENGTHS
    networks = {name: endpoint | blank for name, endpoint in settings["Networks"].items()}
    return settings | blank | {"SandboxID": "", "SandboxKey": "", "Networks": networks}


def _state(standing: Standing) -> Document:
    return {
        "Status": standing.state,
        "Running": standing.state in ("running", "restarting"),
        "Paused": False,
        "Restarting": standing.waits,
        "OOMKilled": False,
        "Dead": False,
        "Pid": standing.pid,
        "ExitCode": standing.status,
        "Error": standing.error,
        "StartedAt": _NEVER if standing.started is None else when(standing.started),
        "FinishedAt": _NEVER if standing.finished is None else when(standing.finished),
    }


def _host_config(sandbox: Sandbox, restart: str) -> Document:
    policy, _, most = restart.partition(":")
    modes = {"host": "host", "none": "none", "container": f"container:{sandbox.joins}"}
    return {
        "NetworkMode": modes.get(sandbox.mode, sandbox.home),
        "PortBindings": {
            f"{p.port}/{p.protocol}": [{"HostIp": str(p.address or ""), "HostPort": str(p.host_port or "")}]
            for p in sandbox.wanted
        },
        "RestartPolicy": {"Name": policy, "MaximumRetryCount": int(most or 0)},
        "Dns": [str(s) for s in sandbox.resolving.servers],
        "DnsSearch": list(sandbox.resolving.search),
        "ExtraHosts": [f"{name}:{address}" for name, address in sandbox.resolving.hosts] or None,
    }


def _settings(world: World, host: Machine, sandbox: Sandbox, *, runs: bool) -> Document:
    own = sandbox.nics if sandbox.mode == "own" else ()
    default = next((n for n in own if n.network == DEFAULT_NETWORK), None)
    blank = _endpoint(host, sandbox, default) if default else dict.fromkeys(_ADDRESSES, "") | _NO_LENGTHS
    return {
        "Bridge": "",
        "SandboxID": hashlib.sha256(f"sandbox/{container_id(sandbox)}".encode()).hexdigest(),
        "SandboxKey": f"{NAMESPACES}/{sandbox.name}",
        "Ports": ports(world, sandbox) if own and runs else {},
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        **{key: blank[key] for key in (*_ADDRESSES, *_NO_LENGTHS)},
        "Networks": {
            name: _of_version(world.engine_version, endpoint, container_id(sandbox))
            for name, endpoint in _networks(host, sandbox, own).items()
        },
    }


_ADDRESSES = ("EndpointID", "Gateway", "GlobalIPv6Address", "IPAddress", "IPv6Gateway", "MacAddress")
_NO_LENGTHS = {"GlobalIPv6PrefixLen": 0, "IPPrefixLen": 0}


def _networks(host: Machine, sandbox: Sandbox, own: Iterable[Nic]) -> Document:
    if sandbox.mode in PSEUDO:
        empty = dict.fromkeys(_ADDRESSES, "") | _NO_LENGTHS
        return {sandbox.mode: {"NetworkID": network_id(sandbox.mode, host.name)} | empty}
    return {n.network: _endpoint(host, sandbox, n) for n in own}


def _endpoint(host: Machine, sandbox: Sandbox, nic: Nic) -> Document:
    network = next((n for n in host.networks if n.name == nic.network), None)
    four, six = (next((a for a in nic.addresses if a.version == v), None) for v in (4, 6))
    gateways = {g.version: str(g) for g in network.gateways if not network.internal} if network else {}
    names = [sandbox.name, *nic.aliases, container_id(sandbox)[:12]] if network and network.user_defined else None
    return {
        "IPAMConfig": {f"IPv{a.version}Address": str(a.ip) for a in nic.addresses} if nic.fixed else None,
        "Links": None,
        "Aliases": list(nic.aliases) or None,
        "MacAddress": nic.mac,
        "DriverOpts": None,
        "GwPriority": nic.priority,
        "NetworkID": network.id if network else "",
        "EndpointID": endpoint_id(sandbox, nic.network),
        "Gateway": gateways.get(4, "") if four else "",
        "IPAddress": str(four.ip) if four else "",
        "IPPrefixLen": four.network.prefixlen if four else 0,
        "IPv6Gateway": gateways.get(6, "") if six else "",
        "GlobalIPv6Address": str(six.ip) if six else "",
        "GlobalIPv6PrefixLen": six.network.prefixlen if six else 0,
        "DNSNames": names,
    }


def ports(world: World, sandbox: Sandbox) -> dict[str, list[dict[str, str]]]:
    """NetworkSettings.Ports: the container's port to where it is bound on the host, by IPv6 too where it has that."""
    found: dict[str, list[dict[str, str]]] = {}
    by_six = {(port, protocol) for address, port, protocol in bound_ports(world, sandbox) if address == "::"}
    for p in sandbox.published:
        everywhere = ["0.0.0.0", *(["::"] if (p.host_port, p.protocol) in by_six else [])]
        for address in [str(p.address)] if p.address else everywhere:
            bound = {"HostIp": address, "HostPort": str(p.host_port)}
            found.setdefault(f"{p.port}/{p.protocol}", []).append(bound)
    return found


def network_document(world: World, node: str, network: HostNetwork, created: float) -> Document:
    """`docker network inspect`; `created` in seconds since 1970."""
    pairs = zip(network.subnets, network.ranges, network.gateways, strict=True)
    shown = not network.internal or not has(world.engine_version, "internal-gateway")
    config = [
        {"Subnet": str(s)} | ({"IPRange": str(r)} if r != s else {}) | ({"Gateway": str(g)} if shown else {})
        for s, r, g in pairs
    ]
    return {
        "Name": network.name,
        "Id": network.id,
        "Created": when(created),
        "Scope": "swarm" if network.driver == "overlay" else "local",
        "Driver": network.driver,
        "EnableIPv4": any(s.version == 4 for s in network.subnets),
        "EnableIPv6": any(s.version == 6 for s in network.subnets),
        "IPAM": {"Driver": "default", "Options": {}, "Config": config},
        "Internal": network.internal,
        "Attachable": network.driver == "overlay" and network.attachable,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {
            container_id(s): _member(s, nic)
            for s in world.on(node)
            for nic in s.nics
            if s.kind == "container" and s.mode == "own" and nic.network == network.name
        },
        "Options": _default_options(network) if network.name == DEFAULT_NETWORK else dict(network.options),
        "Labels": {},
    }


def _default_options(network: HostNetwork) -> dict[str, str]:
    """docker0's, as the daemon's configuration has them."""
    bridge = "com.docker.network.bridge"
    return {
        f"{bridge}.default_bridge": "true",
        f"{bridge}.enable_icc": str(network.icc).lower(),
        f"{bridge}.enable_ip_masquerade": str(network.masquerade).lower(),
        f"{bridge}.host_binding_ipv4": str(network.binding or "0.0.0.0"),
        f"{bridge}.name": "docker0",
        "com.docker.network.driver.mtu": str(network.mtu),
    }


def _member(sandbox: Sandbox, nic: Nic) -> Document:
    four, six = (next((str(a) for a in nic.addresses if a.version == v), "") for v in (4, 6))
    return {
        "Name": sandbox.name,
        "EndpointID": endpoint_id(sandbox, nic.network),
        "MacAddress": nic.mac,
        "IPv4Address": four,
        "IPv6Address": six,
    }
