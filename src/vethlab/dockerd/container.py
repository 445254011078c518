"""Containers of an engine, through its API: what `docker run` would be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..catalogue import Image
from ..errors import LabError
from ..world import DEFAULT_NETWORK, Nic, Sandbox
from .image import command

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["run"]

#: The engine itself attaches to this one, where a container is on an overlay.
_AUTOMATIC = "docker_gwbridge"


def run(api: APIClient, sandbox: Sandbox, image: Image) -> str:
    """Create it, attach it to its networks in order, start it; its id. Raises docker.errors.APIError, LabError."""
    attached = [n for n in sandbox.nics if n.network != _AUTOMATIC] if sandbox.mode == "own" else []
    made = api.create_container(
        f"{image.name}:latest",
        _command(sandbox, image),
        name=sandbox.name,
        hostname=_hostname(sandbox),
        ports=[(p.port, p.protocol) for p in sandbox.publish],
        host_config=_host_config(api, sandbox, attached),
        networking_config=_first(api, attached),
    )
    for nic in attached[1:]:
        _connect(api, made["Id"], nic)
    api.start(made["Id"])
    return str(made["Id"])


def _command(sandbox: Sandbox, image: Image) -> list[str]:
    """A server says who it is; a container with nothing to do stays."""
    if image.workload == "pause":
        return ["sleep", "infinity"]
    return [*command(image), *(["--identity", sandbox.name] if image.workload == "echo" else [])]


def _hostname(sandbox: Sandbox) -> str | None:
    """In another's network it has no host name of its own (docker run, "conflicting options")."""
    return sandbox.resolving.hostname or sandbox.name if sandbox.mode in ("own", "none") else None


def _host_config(api: APIClient, sandbox: Sandbox, attached: list[Nic]) -> dict[str, Any]:
    told = sandbox.resolving
    modes = {"host": "host", "none": "none", "container": f"container:{sandbox.joins}"}
    config: dict[str, Any] = api.create_host_config(
        network_mode=modes.get(sandbox.mode) or (attached[0].network if attached else DEFAULT_NETWORK),
        port_bindings=_bindings(sandbox),
        dns=[str(server) for server in told.servers] or None,
        dns_search=list(told.search) or None,
        extra_hosts=[f"{name}:{address}" for name, address in told.hosts] or None,
    )
    return config


def _bindings(sandbox: Sandbox) -> dict[int | str, Any]:
    found: dict[int | str, Any] = {}
    for each in sandbox.publish:
        where = "" if each.address is None else str(each.address)
        found.setdefault(f"{each.port}/{each.protocol}", []).append((where, each.host_port))
    return found


def _first(api: APIClient, attached: list[Nic]) -> dict[str, Any] | None:
    """The network it is created on. docker0 gives addresses in turn, and nobody one of their choice."""
    if not attached or attached[0].network == DEFAULT_NETWORK:
        return None
    return {"EndpointsConfig": {attached[0].network: _endpoint(api, attached[0])}}


def _connect(api: APIClient, container: str, nic: Nic) -> None:
    """docker's library has no word for a priority, so the request that has one is written here."""
    if not nic.priority:
        api.connect_container_to_network(container, nic.network, **_place(nic))
        return
    where = f"{api.base_url}/v{api.api_version}/networks/{nic.network}/connect"
    answer = api.post(where, json={"Container": container, "EndpointConfig": _endpoint(api, nic)})
    if not answer.ok:
        raise LabError(f"{nic.network}: {answer.json()['message']}")


def _endpoint(api: APIClient, nic: Nic) -> dict[str, Any]:
    """A place on a network, as the API has it; a priority is there from Docker 28 on (docker_versions)."""
    place: dict[str, Any] = api.create_endpoint_config(**_place(nic))
    return place | ({"GwPriority": nic.priority} if nic.priority else {})


def _place(nic: Nic) -> dict[str, Any]:
    addresses = {f"ipv{a.version}_address": str(a.ip) for a in nic.addresses}
    return {"aliases": list(nic.aliases) or None, **addresses}
