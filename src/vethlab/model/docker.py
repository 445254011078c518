"""Docker as a file declares it: the engine of every host, docker0, and the networks users define on it."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from .base import Address, Declared, Subnet
from .link import Mtu

__all__ = ["Attachment", "Docker", "DockerNetwork", "Driver", "Engine", "EngineVersion", "NetworkName"]

#: `emulated` builds the networks by playbook and sandbox, `dockerd` runs Docker; `auto` is dockerd where it can run.
Engine = Literal["emulated", "dockerd", "auto"]
#: Whose rules the emulated engine writes; what changed between them is in vethlab.docker_versions.
EngineVersion = Literal["20.10", "26", "27", "28"]
Driver = Literal["bridge", "overlay", "macvlan", "ipvlan"]

#: What Docker takes for the name of a network (moby, daemon/names).
NetworkName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$", max_length=64)]


def _written(value: Any) -> Any:
    """YAML's true and 1500, as the strings Docker's options are."""
    return str(value).lower() if isinstance(value, bool | int) else value


Option = Annotated[str, BeforeValidator(_written, json_schema_input_type=str | bool | int)]


class DockerNetwork(Declared):
    """A network as `docker network create` makes it, on every one of `nodes` (all hosts without).

    Without `subnets` it has the next of Docker's pools. `parent` is a node's interface, for macvlan and ipvlan.
    `mtu` is in bytes: 1500, for an overlay what the smallest underlay MTU leaves. `options` are those of the driver,
    such as com.docker.network.bridge.enable_icc.
    """

    driver: Driver = "bridge"
    subnets: tuple[Subnet, ...] = ()
    ip_range: Subnet | None = None
    gateways: tuple[Address, ...] = ()
    internal: bool = False
    ipv6: bool = False
    mtu: Mtu | None = None
    options: dict[str, Option] = Field(default_factory=dict)
    parent: str | None = None
    nodes: tuple[str, ...] = ()
    attachable: bool = True


class Docker(Declared):
    """The Docker engine of every host: docker0 (`subnets`, `mtu`, `icc`), and the networks that users define.

    docker0 has the same prefixes on every host, the first address of each the gateway.
    """

    engine: Engine = "emulated"
    version: EngineVersion = "28"
    subnets: tuple[Subnet, ...] = (ipaddress.ip_network("172.17.0.0/16"),)
    mtu: Mtu = 1500
    icc: bool = True
    networks: dict[NetworkName, DockerNetwork] = Field(default_factory=dict)


class Attachment(Declared):
    """A container's place on a network. A bare string is short for `name`.

    `aliases` are more names it has there, `addresses` those it must have. The network of the highest
    `gateway_priority` gives the default route; among equals the one whose name sorts first (docker network connect).
    """

    name: str
    aliases: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    gateway_priority: int = 0

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value
