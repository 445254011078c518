"""Pods beyond an address: their containers, the ports of their host, their limits, and the plugins all that needs."""

from __future__ import annotations

from collections.abc import Iterator

from ..catalogue import catalogue
from ..finding import Finding, Path
from ..model import Pod, Topology
from ..podnet import kind_of
from .roster import hosts

__all__ = ["check"]


def check(topology: Topology) -> Iterator[Finding]:
    """What pods ask of plugins where there are none, a pod network that plugins cannot make, and ports that clash."""
    network = topology.pod_network
    if topology.cni and network and kind_of(network).wiring != "bridge":
        message = (
            f"CNI plugins plug pods into a bridge of each host, and {network.type} has none: say `cni: in-process`"
        )
        yield Finding(("cni",), message)
    yield from _same_range(topology)
    for name, pod in topology.pods.items():
        path: Path = ("pods", name)
        yield from _containers(path, pod)
        yield from _publications(topology, path, pod)
        if pod.bandwidth and not topology.cni:
            message = "a pod is limited by the CNI plugin bandwidth: add `cni: plugins` to the topology"
            yield Finding((*path, "bandwidth"), message)


def _same_range(topology: Topology) -> Iterator[Finding]:
    """host-local knows of its own host's addresses alone, and every host is given the same configuration."""
    ipam = topology.cni.config.get("ipam") if topology.cni else None
    several = hosts(topology)
    if not isinstance(ipam, dict) or ipam.get("type") != "host-local" or len(several) < 2:
        return
    key = next((k for k in ("subnet", "ranges") if k in ipam), None)
    if key:
        message = (
            f"overlapping pod CIDRs: {several[0]} and {several[1]} would both give addresses of {_written(ipam[key])}, "
            "each without the other's knowledge; leave it out, and each host has its part of the pod network"
        )
        yield Finding(("cni", "config", "ipam", key), message)


def _written(value: object) -> str:
    """The prefixes in a `subnet`, or in `ranges`, which are lists of lists."""
    if isinstance(value, dict):
        return str(value.get("subnet"))
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)


def _containers(path: Path, pod: Pod) -> Iterator[Finding]:
    if pod.containers and "image" in pod.model_fields_set:
        yield Finding((*path, "image"), "a pod has one `image` or several `containers`, not both")
    taken: dict[tuple[str, int], str] = {}
    for name, container in pod.containers.items():
        image = catalogue().get(container.image)
        for protocol in ("tcp", "udp"):
            for port in image.serves(protocol) if image else ():
                other = taken.setdefault((protocol, port), name)
                if other != name:
                    message = (
                        f"port {port}/{protocol} of {name!r} is already taken by {other!r}: they share one address"
                    )
                    yield Finding((*path, "containers", name), message)


def _publications(topology: Topology, path: Path, pod: Pod) -> Iterator[Finding]:
    families = {cidr.version for cidr in topology.pod_network.cidrs} if topology.pod_network else set()
    for i, publication in enumerate(pod.publish):
        address = publication.address
        if topology.cni is None:
            message = "a pod publishes ports by the CNI plugin portmap: add `cni: plugins` to the topology"
            yield Finding((*path, "publish", i), f"{message}, or reach the pod at its own address")
        elif not publication.host_port:
            message = f"a pod's port of the host has a number, as in 8080:{publication.port}"
            yield Finding((*path, "publish", i), message)
        elif address is not None and address.version not in families:
            message = f"pods have no IPv{address.version}, so nothing can be published on {address}"
            yield Finding((*path, "publish", i), message)
