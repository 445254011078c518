"""What a real engine is told of a container, held in a stand-in for its API."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from vethlab.addressing import lay_out
from vethlab.catalogue import catalogue
from vethlab.dockerd import container
from vethlab.load import parse
from vethlab.model import EngineVersion

WORLD = """
name: w
switches: {lan: {subnets: [192.168.1.0/24]}}
nodes: {node1: {links: [lan]}}
docker: {networks: {a: {}, b: {}, c: {}}}
containers: {box: {networks: [{name: a, gateway_priority: -1}, {name: b, gateway_priority: 1}, c]}}
"""


class Api:
    """Writes down where a container is put, and how much that network's gateway counts."""

    base_url, api_version = "http+docker://localhost", "1.48"

    def __init__(self) -> None:
        self.told: dict[str, int | None] = {}

    def create_host_config(self, **asked: Any) -> dict[str, Any]:
        return asked

    def create_endpoint_config(self, **asked: Any) -> dict[str, Any]:
        return asked

    def create_container(self, *_: Any, networking_config: dict[str, Any], **__: Any) -> dict[str, str]:
        self.told |= {n: e.get("GwPriority") for n, e in networking_config["EndpointsConfig"].items()}
        return {"Id": "1234"}

    def connect_container_to_network(self, _: str, network: str, **__: Any) -> None:
        self.told[network] = None

    def post(self, where: str, json: dict[str, Any]) -> SimpleNamespace:
        assert json["Container"] == "1234"
        self.told[where.split("/")[-2]] = json["EndpointConfig"]["GwPriority"]
        return SimpleNamespace(ok=True)

    def start(self, _: str) -> None:
        pass


def told(version: EngineVersion) -> dict[str, int | None]:
    api, world = Api(), lay_out(parse(WORLD.encode()), version)
    container.run(api, world.sandboxes["box"], catalogue()["busybox"])  # type: ignore[arg-type]
    return api.told


def test_an_engine_that_knows_priorities_is_told_them() -> None:
    assert told("28") == {"a": -1, "b": 1, "c": None}


def test_an_older_one_is_not() -> None:
    assert told("20.10") == {"a": None, "b": None, "c": None}
