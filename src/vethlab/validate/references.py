"""Every name that is used is declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..addressing import expand
from ..catalogue import catalogue
from ..finding import Finding, Path
from ..model import Pod, Topology, Workload
from ..nearest import nearest, unknown
from ..selector import Member, SelectorError, choose
from .roster import hosts, roster

__all__ = ["check"]


def check(topology: Topology) -> Iterator[Finding]:
    """Switches of links, hosts and images of workloads, name servers, selectors."""
    yield from _links(topology)
    for above, declared in (("containers", topology.containers), ("pods", topology.pods)):
        for name, workload in declared.items():
            yield from _workload(topology, (above, name), workload)
    yield from _name_servers(topology)
    yield from _selectors(topology)


def _links(topology: Topology) -> Iterator[Finding]:
    for name, node in topology.nodes.items():
        for i, link in enumerate(node.links):
            if link.switch not in topology.switches:
                yield Finding(("nodes", name, "links", i, "switch"), unknown("switch", link.switch, topology.switches))
        for i, image in enumerate(node.runs):
            yield from _image(("nodes", name, "runs", i), image)


def _image(path: Path, image: str) -> Iterator[Finding]:
    if image not in catalogue():
        yield Finding(path, unknown("image", image, catalogue()))


def _workload(topology: Topology, path: Path, workload: Workload) -> Iterator[Finding]:
    yield from _image((*path, "image"), workload.image)
    for name, container in workload.containers.items() if isinstance(workload, Pod) else ():
        yield from _image((*path, "containers", name, "image"), container.image)
    if workload.node is not None and workload.node not in hosts(topology):
        yield Finding((*path, "node"), _not_a(topology, "host", workload.node, hosts(topology)))


def _name_servers(topology: Topology) -> Iterator[Finding]:
    outside = [name for name, _, node in expand(topology) if node.role == "outside"]
    for key in ("authoritative", "recursive"):
        name = getattr(topology.dns, key, None)
        if name is not None and name not in outside:
            yield Finding(("dns", key), _not_a(topology, "outside", name, outside))


def _not_a(topology: Topology, role: str, name: str, right: Sequence[str]) -> str:
    """A name of the wrong role, of a node that stands for several, or of nothing."""
    roles = {n: node.role for n, _, node in expand(topology)}
    if name in roles:
        near = nearest(name, right)
        hint = f", did you mean {near!r}?" if near else ""
        return f"{name!r} has the role {roles[name]}, and a node of the role {role} was expected{hint}"
    node = topology.nodes.get(name)
    if node is not None and node.count is not None:
        return f"{name!r} stands for {node.count} nodes: one of them was expected, such as '{name}1'"
    if not right:
        return f"unknown node {name!r}: a node of the role {role} was expected, and there is none"
    return unknown("node", name, right)


def _selectors(topology: Topology) -> Iterator[Finding]:
    everyone = {endpoint.name: endpoint.member for endpoint in roster(topology)}
    for i, expectation in enumerate(topology.expect):
        for key, words in (("from", expectation.from_), ("to", expectation.to)):
            if key == "to" and expectation.dns is not None and words == ("resolver",):
                continue
            for j, word in enumerate(words):
                yield from _selector(("expect", i, key, j), word, everyone)


def _selector(path: Path, word: str, everyone: Mapping[str, Member]) -> Iterator[Finding]:
    try:
        if not choose(everyone, word):
            yield Finding(path, f"{word!r} matches nothing in this topology")
    except SelectorError as error:
        yield Finding(path, str(error))
