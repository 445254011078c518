"""The verbs of `vethlab cni` in a running lab, in the manner of cnitool. Each answers with a JSON document.

add      a pod on a network of its node: the plugins' result. A name the lab does not know becomes a new pod
del      off again; a pod that `add` made ends with it
check    {"ok": true, "skipped": why nothing was asked, or null}
gc       {"removed": [pod, …]}
status   {"ready": true, "note": why no plugin was asked, or null}
version  {"network", "cniVersion", "plugins": {type: [version, …]}}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from .addressing import lay_out
from .catalogue import catalogue
from .errors import CniError, InputError, LabError
from .lab import Lab
from .nearest import unknown
from .world import Nic, Sandbox

__all__ = ["VERBS", "CniTool"]

VERBS = ("add", "del", "check", "gc", "status", "version")
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")


@dataclass
class CniTool:
    """On one node of a lab, and one network of it: the first of /etc/cni/net.d unless `network` names another."""

    lab: Lab
    node: str
    network: str | None = None

    def do(self, verb: str, pod: str | None, image: str, valid: Iterable[str] | None) -> dict[str, Any]:
        """Raises InputError for what is asked wrongly, CniError for what a plugin or its configuration got wrong."""
        hosts = [m.name for m in self.lab.world.hosts()]
        if self.node not in hosts:
            raise InputError.of(unknown("host", self.node, hosts))
        about_pods: dict[str, Callable[[str], dict[str, Any]]] = {
            "add": lambda name: self.add(name, image),
            "del": self.delete,
            "check": self.check,
        }
        about_all: dict[str, Callable[[], dict[str, Any]]] = {
            "gc": lambda: self.gc(valid),
            "status": self.status,
            "version": self.version,
        }
        if verb in about_all:
            return about_all[verb]()
        if verb not in about_pods or not pod:
            raise InputError.of(
                f"{verb} wants the name of a pod" if verb in about_pods else unknown("verb", verb, VERBS)
            )
        return about_pods[verb](pod)

    def add(self, name: str, image: str) -> dict[str, Any]:
        """The plugins' result, of a pod the lab knows or of a new one of `image`. Raises LabError, InputError."""
        known = self.lab.world.sandboxes.get(name)
        if known is None:
            return self._make(name, image)
        self._refuse_stranger(known)
        pod, result = self.lab.kubelet.add(known, self.network)
        self.lab.adopt(pod)
        self.lab.tell()
        return dict(result.document)

    def _make(self, name: str, image: str) -> dict[str, Any]:
        """A new pod. When its plugins fail, there is none."""
        self._refuse_name(name, image)
        planned = self._planned(name, image)
        # First, since what is last in a world is asked for by name, and names are known at the next converge.
        self.lab.world = replace(self.lab.world, sandboxes={name: planned} | self.lab.world.sandboxes)
        self.lab.make([planned])
        try:
            pod, result = self.lab.kubelet.add(planned, self.network)
        except CniError:
            self.lab.end(name)
            raise
        self.lab.adopt(pod)
        self.lab.write_resolv_conf(pod)
        self.lab.starter.images([(name, catalogue()[image])])
        self.lab.tell()
        return dict(result.document)

    def _planned(self, name: str, image: str) -> Sandbox:
        """Its addresses are its plugins' affair."""
        pods = self.lab.world.machines[self.node].pods
        if pods is None:
            raise InputError.of(f"{self.node} has no pod network: declare `pods` or `pod_network` in the topology")
        index = 1 + max((s.index for s in self.lab.world.sandboxes.values()), default=0)
        nic = Nic("eth0", "pods", "", (), pods.gateways, pods.mtu, pods.bridge.name if pods.bridge else "")
        return Sandbox(name, "pod", self.node, index, image, (nic,))

    def _refuse_name(self, name: str, image: str) -> None:
        if name in self.lab.world.machines or not _NAME.fullmatch(name):
            raise InputError.of(f"a pod cannot be called {name!r}: a name of letters, digits and inner hyphens is free")
        if image not in catalogue():
            raise InputError.of(unknown("image", image, catalogue()))

    def _refuse_stranger(self, known: Sandbox) -> None:
        if known.kind != "pod":
            raise InputError.of(f"{known.name!r} is a container of Docker's, and no pod")
        if known.node != self.node:
            raise InputError.of(f"{known.name!r} is on {known.node!r}, not on {self.node!r}")

    def delete(self, name: str) -> dict[str, Any]:
        """A name nobody knows is deleted already: DEL is asked all the same, for what may be left of it."""
        known = self.lab.world.sandboxes.get(name)
        if known:
            self._refuse_stranger(known)
        self.lab.kubelet.delete(self.node, name, self.network)
        self._forget([name])
        return {}

    def check(self, name: str) -> dict[str, Any]:
        """CHECK of an attachment (CNI specification, section 2). Raises CniError where it is not as the result says."""
        return {"ok": True, "skipped": self.lab.kubelet.check(self.node, name, self.network)}

    def gc(self, valid: Iterable[str] | None) -> dict[str, Any]:
        """GC: all attachments go but those of the pods `valid`; of those that live, if None. Raises LabError."""
        store = self.lab.kubelet.runtime(self.node).store
        before = {e.key[0] for e in store.attachments()}
        errors = self.lab.kubelet.gc(self.node, self._living() if valid is None else valid, self.network)
        if errors:
            raise errors[0] if len(errors) == 1 else LabError("\n".join(map(str, errors)))
        removed = sorted(before - {e.key[0] for e in store.attachments()})
        self._forget(removed)
        return {"removed": removed}

    def _living(self) -> list[str]:
        pods = [s.name for s in self.lab.world.on(self.node) if s.kind == "pod"]
        return [name for name in pods if self.lab.kubelet.known(name).netns]

    def _forget(self, names: Iterable[str]) -> None:
        """Pods that no file declares end when they are off their network."""
        declared = lay_out(self.lab.topology).sandboxes
        for name in names:
            if name in self.lab.world.sandboxes and name not in declared:
                self.lab.end(name)
        self.lab.tell()

    def status(self) -> dict[str, Any]:
        """STATUS: whether the network would take an ADD. Raises CniError where it would not."""
        runtime = self.lab.kubelet.runtime(self.node)
        return {"ready": True, "note": runtime.status(runtime.store.network(self.network))}

    def version(self) -> dict[str, Any]:
        """VERSION: what the network's configuration says, and what each of its plugins supports."""
        runtime = self.lab.kubelet.runtime(self.node)
        network = runtime.store.network(self.network)
        return {"network": network.name, "cniVersion": network.version, "plugins": runtime.versions(network)}
