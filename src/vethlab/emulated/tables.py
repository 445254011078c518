"""What docker prints as tables, and the little of Go's templates that `--format` is mostly used with."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

from ..docker_inventory import container_id
from ..world import Machine, Sandbox
from .documents import PSEUDO, ports
from .refusal import Refusal

__all__ = ["containers_table", "formatted", "networks_table", "port_lines", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns three spaces apart, as docker's tabwriter sets them."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "".join("   ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines)


def networks_table(host: Machine, pseudo_ids: dict[str, str], *, quiet: bool, whole: bool) -> str:
    """`docker network ls`."""
    found = [(n.id, n.name, str(n.driver), "swarm" if n.driver == "overlay" else "local") for n in host.networks]
    found += [(pseudo_ids[name], name, driver, "local") for name, driver in PSEUDO.items()]
    rows = sorted(((i if whole else i[:12], *rest) for i, *rest in found), key=lambda row: row[1])
    if quiet:
        return "".join(f"{row[0]}\n" for row in rows)
    return table(("NETWORK ID", "NAME", "DRIVER", "SCOPE"), rows)


def containers_table(found: Iterable[tuple[Sandbox, float]], *, quiet: bool, whole: bool) -> str:
    """`docker ps`, the youngest first; each with the time it was made."""
    rows = []
    for sandbox, made in sorted(found, key=lambda f: -f[1]):
        identity = container_id(sandbox) if whole else container_id(sandbox)[:12]
        age = _age(time.time() - made)
        bound = ", ".join(f"{b['HostIp']}:{b['HostPort']}->{p}" for p, bs in ports(sandbox).items() for b in bs)
        command = f'"{sandbox.image}"'
        rows.append((identity, sandbox.image, command, f"{age} ago", f"Up {age}", bound, sandbox.name))
    if quiet:
        return "".join(f"{row[0]}\n" for row in rows)
    return table(("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"), rows)


def _age(seconds: float) -> str:
    """As docker says it (go-units, HumanDuration)."""
    if seconds < 1:
        return "Less than a second"
    if seconds < 60:
        return f"{int(seconds)} second{'s' * (int(seconds) != 1)}"
    if seconds < 120:
        return "About a minute"
    return f"{int(seconds / 60)} minutes" if seconds < 5400 else f"{round(seconds / 3600)} hours"


def port_lines(sandbox: Sandbox, wanted: str) -> str:
    """`docker port`: every one, or where one of the container's ports is bound."""
    found = ports(sandbox)
    if not wanted:
        return "".join(f"{p} -> {b['HostIp']}:{b['HostPort']}\n" for p, bs in found.items() for b in bs)
    key = wanted if "/" in wanted else f"{wanted}/tcp"
    if key not in found:
        raise Refusal(f"no public port '{wanted}' published for {sandbox.name}")
    return "".join(f"{b['HostIp']}:{b['HostPort']}\n" for b in found[key])


def formatted(document: dict[str, Any], template: str) -> str:
    """`{{.A.B}}`, `{{json .A}}`, and `{{range .A}}…{{end}}` of a document. Raises Refusal for more than that."""
    ranged = re.sub(
        r"{{\s*range (\.[\w.]*)\s*}}(.*?){{\s*end\s*}}",
        lambda m: "".join(formatted(item, m[2]) for item in _items(_path(document, m[1]))),
        template,
        flags=re.S,
    )
    return re.sub(r"{{\s*(json )?(\.[\w.]*)\s*}}", lambda m: _text(_path(document, m[2]), bool(m[1])), _plain(ranged))


def _plain(template: str) -> str:
    for action in re.findall(r"{{(.*?)}}", template):
        if not re.fullmatch(r"\s*(json )?\.[\w.]*\s*", action):
            raise Refusal(f"template parsing error: the emulated engine does not know {{{{{action}}}}}", 64)
    return template


def _items(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value or ())


def _path(document: Any, path: str) -> Any:
    for key in path.strip(".").split(".") if path != "." else []:
        if not isinstance(document, dict) or key not in document:
            raise Refusal(f'template parsing error: template: :1: map has no entry for key "{key}"')
        document = document[key]
    return document


def _text(value: Any, as_json: bool) -> str:
    if as_json:
        return json.dumps(value, separators=(",", ":"))
    if value is None:
        return "<no value>"
    return str(value).lower() if isinstance(value, bool) else str(value)
