"""What it costs to put a pod on its network: by CNI plugin binaries, and in process, on one node of one capsule."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

from vethlab import netlink, sandbox
from vethlab.addressing import lay_out
from vethlab.kubelet import Kubelet
from vethlab.model import Topology
from vethlab.netlink import Netlink
from vethlab.spawner import Spawner
from vethlab.underlay import Underlay
from vethlab.world import World

from .inside import in_capsule

__all__ = ["measure"]


def measure(count: int) -> dict[str, float]:
    """Pods a second, by way; the pods' namespaces are there already."""
    return {
        "in process": in_capsule(lambda: _in_process(count))["pods/s"],
        "bridge and host-local": in_capsule(lambda: _by_plugins(count, ()))["pods/s"],
        "… and portmap": in_capsule(lambda: _by_plugins(count, ("portmap",)))["pods/s"],
    }


def _world(count: int) -> World:
    document = {
        "name": "bench",
        "switches": {"lan": {"subnets": ["192.168.1.0/24"]}},
        "nodes": {"node": {"links": ["lan"]}},
        "pods": {"pod": {"per_node": count, "image": "busybox"}},
    }
    return lay_out(Topology.model_validate(document))


def _node_with_pods(world: World) -> dict[str, int]:
    spawner = Spawner()
    pids = Underlay(world, spawner).pids
    pods = list(world.sandboxes.values())
    return pids | dict(zip(world.sandboxes, spawner.ask(sandbox.request(s, pids["node"]) for s in pods), strict=True))


def _in_process(count: int) -> dict[str, float]:
    world = _world(count)
    pids = _node_with_pods(world)
    bridge = world.machines["node"].bridges[0]
    link = Netlink(pids["node"])
    link.do(netlink.bridge(bridge.name))
    link.do(netlink.address(link.index(bridge.name), bridge.addresses[0]))
    began = time.perf_counter()
    for pod in world.sandboxes.values():
        sandbox.attach(pod, link, pids[pod.name])
    return {"pods/s": count / (time.perf_counter() - began)}


def _by_plugins(count: int, chain: tuple[str, ...]) -> dict[str, float]:
    world = _world(count)
    pids = _node_with_pods(world)
    ipam = {"type": "host-local", "ranges": [[{"subnet": str(world.machines["node"].bridges[0].subnets[0])}]]}
    plugins: list[dict[str, object]] = [{"type": "bridge", "bridge": "cni0", "isDefaultGateway": True, "ipam": ipam}]
    plugins += [{"type": name, "capabilities": {"portMappings": True}} for name in chain]
    file = Path(f"/proc/{pids['node']}/root/etc/cni/net.d/10-pods.conflist")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": plugins}))
    kubelet = Kubelet(None, pids)
    pods = [replace(pod, nics=(replace(pod.nics[0], addresses=(), mac=""),)) for pod in world.sandboxes.values()]
    began = time.perf_counter()
    attached = kubelet.attach(pods)
    assert not attached.errors, attached.errors
    return {"pods/s": count / (time.perf_counter() - began)}
