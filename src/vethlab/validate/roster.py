"""Who is in a topology, before anything has an address: what the rules need to know of each endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..addressing import expand, instances
from ..catalogue import catalogue
from ..finding import Path
from ..model import Container, Docker, Publication, Subnet, Topology, Workload
from ..selector import Member
from ..world import DEFAULT_NETWORK

__all__ = ["DNS_PORT", "Endpoint", "hosts", "name_servers", "published", "roster", "sandboxes"]

DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` is where it is declared, `node` the machine it is on, `images` what it runs, `versions` its families."""

    name: str
    path: Path
    kind: str
    node: str
    images: tuple[str, ...]
    versions: frozenset[int]
    publish: tuple[Publication, ...] = ()
    is_name_server: bool = False

    @property
    def member(self) -> Member:
        """What selectors know it by."""
        return Member(self.kind, self.node)

    def serves(self, protocol: str) -> tuple[int, ...]:
        """The ports that answer over `tcp`, `udp` or `http`."""
        images = [catalogue()[image] for image in self.images if image in catalogue()]
        ports = [port for image in images for port in image.serves(protocol)]
        return (*ports, DNS_PORT) if self.is_name_server and protocol != "http" else tuple(ports)


def roster(topology: Topology) -> tuple[Endpoint, ...]:
    """Every endpoint, machines first. Names may repeat: that is a finding of its own."""
    return (*_machines(topology), *_sandbox_endpoints(topology))


def hosts(topology: Topology) -> list[str]:
    """The names of the nodes that run workloads, one by one where a `count` declares several."""
    return [name for name, _, node in expand(topology) if node.role == "host"]


def name_servers(topology: Topology) -> set[str]:
    """The machines that answer DNS questions: every host, and the two servers outside."""
    if topology.dns is None:
        return set()
    return {*hosts(topology), *(s for s in (topology.dns.authoritative, topology.dns.recursive) if s)}


def sandboxes(topology: Topology, kind: str) -> Iterator[tuple[str, str, Workload, str]]:
    """(name, name in the file, workload, host) of the `container`s or `pod`s; none where there is no host."""
    declared = topology.containers if kind == "container" else topology.pods
    places = hosts(topology)
    return instances(declared, places) if places else iter(())


def published(publication: Publication) -> str:
    """`8080/tcp`, the way docker ps writes a host port."""
    return f"{publication.host_port}/{publication.protocol}"


def _machines(topology: Topology) -> Iterator[Endpoint]:
    servers = name_servers(topology)
    for name, key, node in expand(topology):
        switches = [topology.switches[link.switch] for link in node.links if link.switch in topology.switches]
        versions = _versions(subnet for switch in switches for subnet in switch.subnets)
        yield Endpoint(name, ("nodes", key), node.role, name, node.runs, versions, is_name_server=name in servers)


def _sandbox_endpoints(topology: Topology) -> Iterator[Endpoint]:
    for kind, above in (("container", "containers"), ("pod", "pods")):
        for name, key, workload, node in sandboxes(topology, kind):
            versions = _sandbox_versions(topology, workload, node)
            yield Endpoint(name, (above, key), kind, node, workload.images, versions, workload.publish)


def _sandbox_versions(topology: Topology, workload: Workload, node: str) -> frozenset[int]:
    """The IP versions of its networks, or of those it borrows."""
    if not isinstance(workload, Container):
        return _versions(iter(topology.pod_network.cidrs if topology.pod_network else ()))
    docker = topology.docker
    if docker is None or workload.network_mode == "none":
        return frozenset()
    if workload.network_mode == "host":
        return next((e.versions for e in _machines(topology) if e.name == node), frozenset())
    if workload.joins:
        other = next((w for n, _, w, _ in sandboxes(topology, "container") if n == workload.joins), None)
        nested = isinstance(other, Container) and other.joins
        return frozenset() if other is None or nested else _sandbox_versions(topology, other, node)
    if not workload.networks:
        return _versions(iter(docker.subnets))
    return frozenset(v for a in workload.networks for v in _network_versions(docker, a.name))


def _network_versions(docker: Docker, name: str) -> frozenset[int]:
    if name not in docker.networks:
        return _versions(iter(docker.subnets)) if name == DEFAULT_NETWORK else frozenset()
    network = docker.networks[name]
    pool = {4} if network.driver == "bridge" or not network.subnets else set()
    return _versions(iter(network.subnets)) | pool | ({6} if network.ipv6 else set())


def _versions(subnets: Iterator[Subnet]) -> frozenset[int]:
    return frozenset(subnet.version for subnet in subnets)
