"""What a kubelet does: has a node's CNI plugins put pods on their network, and take them off again.

Who a pod is follows from what the plugins answer: its addresses, its MAC, its end on the host. What it can do stays as
the world has planned it (MTU, gateway), so that a plugin that does otherwise is found out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .cni import BIN_DIRS, Attachment, Result, Runtime
from .errors import CniError, LabError
from .model import Cni, Publication
from .world import Nic, Sandbox

__all__ = ["Attached", "Kubelet", "attachment", "raise_any"]

#: A token bucket holds a tenth of a second's traffic, and two packets at least (tc-tbf(8), burst), in bits.
_BURST_SECONDS, _LEAST_BURST = 0.1, 2 * 1514 * 8


@dataclass(frozen=True, slots=True)
class Attached:
    """What became of several pods: those that are on their network, as they are there; and the errors of the others."""

    pods: tuple[Sandbox, ...]
    errors: tuple[CniError, ...]


@dataclass
class Kubelet:
    """The kubelets of all nodes of a lab; `pids` maps every place to its first process."""

    cni: Cni | None
    pids: Mapping[str, int]
    seconds: float = 60.0

    def runtime(self, node: str) -> Runtime:
        """The CNI runtime of a node; a plugin of the user's own is looked for before the machine's."""
        own = [str(self.cni.file.parent)] if self.cni and self.cni.file else []
        return Runtime(node, self.pids[node], [*own, *BIN_DIRS], self.seconds)

    def attach(self, pods: Iterable[Sandbox]) -> Attached:
        """Put pods on their nodes' first network: node beside node, pod after pod. A pod that fails stops no other."""
        by_node: dict[str, list[Sandbox]] = {}
        for pod in pods:
            by_node.setdefault(pod.node, []).append(pod)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda each: self._attach_on(*each), by_node.items()))
        return Attached(tuple(p for a in found for p in a.pods), tuple(e for a in found for e in a.errors))

    def _attach_on(self, node: str, pods: Iterable[Sandbox]) -> Attached:
        attached: list[Sandbox] = []
        errors: list[CniError] = []
        for pod in pods:
            try:
                attached.append(self.add(pod)[0])
            except CniError as error:
                errors.append(error.with_context(place=f"{node}/{pod.name}"))
        return Attached(tuple(attached), tuple(errors))

    def add(self, pod: Sandbox, network: str | None = None) -> tuple[Sandbox, Result]:
        """Put one pod on a network, the first of its node if none is named. Raises CniError; the pod is as before then.

        Returns the pod as it is there, and the plugins' answer.
        """
        pid, runtime = self.pids[pod.name], self.runtime(pod.node)
        result = runtime.add(runtime.store.network(network), attachment(pod, pid))
        return replace(pod, nics=(self._nic(pod, result),)), result

    def _nic(self, pod: Sandbox, result: Result) -> Nic:
        """The interface as it came to be known."""
        planned, inside, outside = pod.nics[0], result.inside(), result.outside()
        number = next((i for i, interface in enumerate(result.interfaces) if interface is inside), None)
        ips = [ip for ip in result.ips if ip.interface in (None, number)]
        return replace(
            planned,
            mac=inside.mac if inside and inside.mac else planned.mac,
            addresses=tuple(ip.address for ip in ips),
            veth=outside.name if outside else planned.veth,
        )

    def delete(self, node: str, name: str, network: str | None = None) -> None:
        """Take a pod off a network of its node; one that is gone already, too. Raises CniError."""
        runtime = self.runtime(node)
        runtime.delete(runtime.store.network(network), self.known(name))

    def check(self, node: str, name: str, network: str | None = None) -> str | None:
        """Whether all is as the plugins left it, else raises CniError. Returns why nothing was asked, if so."""
        runtime = self.runtime(node)
        return runtime.check(runtime.store.network(network), self.known(name))

    def gc(self, node: str, valid: Iterable[str], network: str | None = None) -> list[CniError]:
        """Remove what belongs to none of the pods `valid`. Returns the errors met on the way."""
        runtime = self.runtime(node)
        found = runtime.store.network(network)
        alive = {e.key[0]: self.known(e.key[0]).netns for e in runtime.store.attachments(found.name)}
        return runtime.gc(found, [(name, "eth0") for name in valid], alive)

    def known(self, name: str) -> Attachment:
        """What names a pod to its plugins; its network namespace, if it still lives."""
        pid = self.pids.get(name)
        return Attachment(name, netns_path(pid) if pid and Path(f"/proc/{pid}/ns/net").exists() else "")


def attachment(pod: Sandbox, pid: int) -> Attachment:
    """What a kubelet tells the plugins of a pod. Each takes of `capabilities` what its configuration says it can."""
    offers: dict[str, Any] = {}
    if pod.addresses:
        offers["ips"] = [str(a) for a in pod.addresses]
    if pod.mac:
        # The same MAC for the same address: neighbours keep what they know when a pod comes back (arp(7), locktime).
        offers["mac"] = pod.mac
    if pod.publish:
        offers["portMappings"] = [_port_mapping(p) for p in pod.publish]
    if pod.bandwidth:
        offers["bandwidth"] = {
            **_limit("ingress", pod.bandwidth.ingress),
            **_limit("egress", pod.bandwidth.egress),
        }
    arguments = {
        "IgnoreUnknown": "1",
        "K8S_POD_NAMESPACE": "default",
        "K8S_POD_NAME": pod.name,
        "K8S_POD_INFRA_CONTAINER_ID": pod.name,
    }
    return Attachment(pod.name, netns_path(pid), args=arguments, capabilities=offers)


def _port_mapping(p: Publication) -> dict[str, Any]:
    mapping = {"hostPort": p.host_port, "containerPort": p.port, "protocol": p.protocol}
    return mapping | ({"hostIP": str(p.address)} if p.address else {})


def _limit(direction: str, rate: int | None) -> dict[str, int]:
    if rate is None:
        return {}
    return {f"{direction}Rate": rate, f"{direction}Burst": max(int(rate * _BURST_SECONDS), _LEAST_BURST)}


def netns_path(pid: int) -> str:
    """The network namespace of a process, by the id that the node it is on knows it by (NSpid, proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    ids = next(line.split()[1:] for line in lines if line.startswith("NSpid:"))
    # The last is its own namespace's, where it is 1; before it comes the node's.
    return f"/proc/{ids[-2]}/ns/net"


def raise_any(errors: Sequence[CniError]) -> None:
    """Nothing for none, the error itself for one, a LabError that tells of each for several."""
    if errors:
        raise errors[0] if len(errors) == 1 else LabError("\n".join(map(str, errors)))
