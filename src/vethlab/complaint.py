"""What pydantic complains of, in plain sentences with the nearest valid name."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from .finding import Finding, Path
from .model import (
    Attachment,
    Bandwidth,
    Cause,
    Check,
    Cni,
    Container,
    Dns,
    Docker,
    DockerNetwork,
    Exercise,
    Expectation,
    Injection,
    Link,
    Node,
    Pod,
    PodContainer,
    PodNetwork,
    Publication,
    Switch,
    Topology,
)
from .nearest import nearest, unknown

__all__ = ["complaints"]

#: Which model stands where in a document; None is any key or position.
_MODELS: tuple[tuple[tuple[str | None, ...], type[BaseModel]], ...] = (
    ((), Topology),
    (("switches", None), Switch),
    (("nodes", None), Node),
    (("nodes", None, "links", None), Link),
    (("docker",), Docker),
    (("docker", "networks", None), DockerNetwork),
    (("pod_network",), PodNetwork),
    (("cni",), Cni),
    (("dns",), Dns),
    (("containers", None), Container),
    (("containers", None, "networks", None), Attachment),
    (("pods", None), Pod),
    (("pods", None, "containers", None), PodContainer),
    (("pods", None, "bandwidth"), Bandwidth),
    (("containers", None, "publish", None), Publication),
    (("pods", None, "publish", None), Publication),
    (("expect", None), Expectation),
    (("lab",), Exercise),
    (("lab", "setup", None), Injection),
    (("lab", "decoys", None), Injection),
    (("lab", "faults", None), Injection),
    (("lab", "checks", None), Check),
    (("lab", "cause"), Cause),
    (("lab", "also", None), Cause),
)

#: What a value that should be a mapping, and is none, could have been written as.
_SHAPES = {
    Switch: "a switch such as {subnets: [192.168.1.0/24]}",
    Node: "a node such as {links: [lan]}",
    Link: "the name of a switch, or a link such as {switch: lan}",
    Publication: "a publication such as 8080:80",
    Pod: "a workload such as {image: echo, node: node1}",
    Container: "a container such as {image: echo, node: node1}",
    DockerNetwork: "a network such as {subnets: [172.20.0.0/16]}",
    Attachment: "the name of a network, or an attachment such as {name: front, aliases: [www]}",
    PodContainer: "the name of an image, or a container such as {image: echo}",
    Bandwidth: "limits such as {ingress: 10mbit, egress: 10mbit}",
    Cni: "plugins, in-process, or a mapping such as {plugin: bridge}",
    PodNetwork: "flannel-vxlan or a mapping",
    Injection: "something done, such as {fault: link.host_end_down, with: {name: pod1}}",
    Check: "a check such as {id: web, says: the shop is reached, from: client, to: web, http: 80}",
    Cause: "a cause such as {component: interface, mechanism: down}",
    Expectation: "an expectation such as {from: pods, to: pods, tcp: 7, outcome: reached}",
}

_NAME = "a name of lower-case letters, digits and inner hyphens that begins with a letter"


def complaints(error: ValidationError) -> Iterator[Finding]:
    """One finding for each thing wrong, in the order of the model, with no two for the same value."""
    errors = error.errors(include_url=False)
    seen: set[tuple[Path, str]] = set()
    for found in errors:
        path = _path(found["loc"])
        if found["type"] == "too_short" and _is_echo(found["loc"], errors):
            continue
        finding = _finding(path, found)
        if (finding.path, finding.message) not in seen:
            seen.add((finding.path, finding.message))
            yield finding


def _path(loc: Iterable[str | int]) -> Path:
    """Without pydantic's own marks for the branches of a union."""
    return tuple(part for part in loc if not (isinstance(part, str) and "[" in part and part != "[key]"))


def _is_echo(loc: Path, errors: Iterable[Mapping[str, Any]]) -> bool:
    """A list whose items failed is also called too short: that is not what is wrong with it."""
    return any(len(e["loc"]) > len(loc) and e["loc"][: len(loc)] == loc for e in errors)


def _finding(path: Path, error: Mapping[str, Any]) -> Finding:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if path and path[-1] == "[key]":
        return Finding(path[:-1], _name_message(kind, value), at_key=True)
    if kind == "extra_forbidden":
        return Finding(path, unknown("key", path[-1], _keys(path[:-1])), at_key=True)
    if kind == "missing":
        return Finding(path[:-1], f"key {path[-1]!r} is missing{_of(path[:-1])}")
    if kind == "value_error":
        return Finding(path, str(context["error"]))
    part = f"{str(path[-1]).replace('_', ' ')}: " if _in_publication(path) else ""
    return Finding(path, part + _message(path, kind, value, context))


def _in_publication(path: Path) -> bool:
    """Inside what the file writes as one string, the part has to be named."""
    return len(path) == 5 and path[2] == "publish"


def _message(path: Path, kind: str, value: Any, context: Mapping[str, Any]) -> str:
    if kind.startswith("string_") and kind != "string_type":
        return _name_message(kind, value)
    if kind == "literal_error":
        return _choice(str(context["expected"]), value)
    if kind.startswith(("ip_v4_network", "ip_v6_network")):
        return _subnet_message(value)
    return f"{_wanted(path, kind, context)} was expected, {_not(value)}"


def _wanted(path: Path, kind: str, context: Mapping[str, Any]) -> str:
    for prefix, wanted in _WANTED.items():
        if kind.startswith(prefix):
            return wanted(path, context)
    return f"something else ({kind.replace('_', ' ')})"


def _mapping(path: Path, _: Mapping[str, Any]) -> str:
    model = _model(path)
    return _SHAPES.get(model, "a mapping") if model else "a mapping"


def _bound(path: Path, context: Mapping[str, Any]) -> str:
    number = next(iter(context.values()))
    direction = "at least" if "ge" in context else "less than" if "lt" in context else "at most"
    return f"a number of {direction} {number}"


_WANTED: dict[str, Callable[[Path, Mapping[str, Any]], str]] = {
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
    "tuple_type": lambda *_: "a list",
    "string_type": lambda *_: "text",
    "int_": lambda *_: "a whole number",
    "finite_number": lambda *_: "a whole number",
    "bool_": lambda *_: "true or false",
    "too_short": lambda *_: "at least one item",
    "ip_": lambda *_: "an IP address such as 192.168.1.10 or fd00::10",
    "greater_than": _bound,
    "less_than": _bound,
}


def _not(value: Any) -> str:
    if value is None:
        return "and there is nothing"
    if value == [] or value == () or value == {}:
        return "and there is none"
    if isinstance(value, list | tuple):
        return "not a list"
    return "not a mapping" if isinstance(value, dict) else f"not {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _name_message(kind: str, value: Any) -> str:
    if kind == "string_too_long":
        return f"{_shown(value)} is too long: a name has at most 32 characters"
    return f"{_NAME} was expected, {_not(value)}"


def _choice(expected: str, value: Any) -> str:
    words = re.findall(r"'([^']*)'", expected)
    near = nearest(value, words) if isinstance(value, str) else None
    hint = f", did you mean {near!r}?" if near else ""
    return f"{expected.replace(chr(39), '').replace('True', 'true')} was expected, {_not(value)}{hint}"


def _subnet_message(value: Any) -> str:
    wanted = "a prefix such as 192.168.1.0/24 or fd00::/64 was expected"
    try:
        meant = ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        meant = None
    return f"{wanted}, {_not(value)}" + (f", did you mean '{meant}'?" if meant else "")


def _model(path: Path) -> type[BaseModel] | None:
    for pattern, model in _MODELS:
        if len(pattern) == len(path) and all(want in (None, part) for want, part in zip(pattern, path, strict=True)):
            return model
    return None


def _keys(path: Path) -> list[str]:
    model = _model(path)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _of(path: Path) -> str:
    """What a thing is called in a message: ` in switch 'lan'`."""
    if not path:
        return ""
    kind = {"switches": "switch", "nodes": "node", "containers": "container", "pods": "pod"}.get(str(path[0]))
    if kind and len(path) == 2:
        return f" in {kind} {path[1]!r}"
    return f" in {path[0]}" if len(path) == 1 and path[0] != "lab" else " here"
