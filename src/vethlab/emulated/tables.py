"""The rows of what docker lists: `docker ps`, `docker network ls`, `docker port`; and which filters they know."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..docker_inventory import container_id
from ..world import Machine, Sandbox, World
from .documents import PSEUDO, Standing, ports, when
from .listing import Row
from .refusal import Refusal

__all__ = [
    "CONTAINER_COLUMNS",
    "CONTAINER_FILTERS",
    "NETWORK_COLUMNS",
    "NETWORK_FILTERS",
    "container_row",
    "network_rows",
    "port_lines",
]

Filters = Mapping[str, Callable[[Row, str], bool]]

NETWORK_COLUMNS = ("ID", "Name", "Driver", "Scope")
CONTAINER_COLUMNS = ("ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names")
_PREDEFINED = ("bridge", *PSEUDO)


def _like(field: str) -> Callable[[Row, str], bool]:
    """As docker matches names: a regular expression found anywhere, or the same text."""

    def matches(row: Row, value: str) -> bool:
        try:
            return row[field] == value or bool(re.search(value, row[field]))
        except re.error as error:
            raise Refusal.daemon(f"error parsing regexp: {error}: `{value}`") from None

    return matches


NETWORK_FILTERS: Filters = {
    "id": lambda row, value: row["ID"].startswith(value),
    "name": _like("Name"),
    "driver": lambda row, value: row["Driver"] == value,
    "scope": lambda row, value: row["Scope"] == value,
    "type": lambda row, value: (row["Name"] in _PREDEFINED) == (value == "builtin"),
}
CONTAINER_FILTERS: Filters = {
    "id": lambda row, value: row["ID"].startswith(value),
    "name": _like("Names"),
    "status": lambda row, value: row["State"] == value,
    "network": lambda row, value: value in row["Networks"].split(","),
    "ancestor": lambda row, value: row["Image"] == value.removesuffix(":latest"),
    "exited": lambda row, value: row["Status"].startswith(f"Exited ({value})"),
}


def network_rows(host: Machine, pseudo_ids: dict[str, str], *, whole: bool) -> Sequence[Row]:
    """`docker network ls`, by name."""
    found = [_network_row(n.id, n.name, n.driver, internal=n.internal) for n in host.networks]
    found += [_network_row(pseudo_ids[name], name, driver) for name, driver in PSEUDO.items()]
    shown = [row if whole else row | {"ID": row["ID"][:12]} for row in found]
    return sorted(shown, key=lambda row: row["Name"])


def _network_row(identity: str, name: str, driver: str, *, internal: bool = False) -> dict[str, str]:
    scope = "swarm" if driver == "overlay" else "local"
    return {"ID": identity, "Name": name, "Driver": driver, "Scope": scope, "Internal": str(internal).lower()}


def container_row(world: World, sandbox: Sandbox, standing: Standing, *, whole: bool) -> Row:
    """One line of `docker ps`."""
    identity, now = container_id(sandbox), time.time()
    running = standing.state == "running"
    bound = (f"{_endpoint(b)}->{p}" for p, bs in ports(world, sandbox).items() for b in bs) if running else ()
    command = " ".join(standing.run.argv) or sandbox.image
    return {
        "ID": identity if whole else identity[:12],
        "Image": sandbox.image,
        "Command": f'"{command if whole or len(command) <= 20 else command[:19] + "…"}"',
        "CreatedAt": when(standing.created),
        "RunningFor": f"{_age(now - standing.created)} ago",
        "Status": _status(standing, now),
        "State": standing.state,
        "Ports": ", ".join(bound),
        "Names": sandbox.name,
        "Networks": ",".join(_networks(sandbox)),
    }


def _status(standing: Standing, now: float) -> str:
    if standing.started is None:
        return "Created"
    if standing.finished is None:
        return f"Up {_age(now - standing.started)}"
    word = "Restarting" if standing.waits else "Exited"
    return f"{word} ({standing.status}) {_age(now - standing.finished)} ago"


def _networks(sandbox: Sandbox) -> Iterable[str]:
    return [n.network for n in sandbox.nics] if sandbox.mode == "own" else [sandbox.mode]


def _age(seconds: float) -> str:
    """As docker says it (go-units, HumanDuration)."""
    if seconds < 1:
        return "Less than a second"
    if seconds < 60:
        return f"{int(seconds)} second{'s' * (int(seconds) != 1)}"
    if seconds < 120:
        return "About a minute"
    return f"{int(seconds / 60)} minutes" if seconds < 5400 else f"{round(seconds / 3600)} hours"


def _endpoint(bound: Mapping[str, str]) -> str:
    address = bound["HostIp"]
    return f"[{address}]:{bound['HostPort']}" if ":" in address else f"{address}:{bound['HostPort']}"


def port_lines(world: World, sandbox: Sandbox, wanted: str) -> str:
    """`docker port`: every one, or where one of the container's ports is bound. Raises Refusal."""
    found = ports(world, sandbox)
    if not wanted:
        return "".join(f"{p} -> {_endpoint(b)}\n" for p, bs in found.items() for b in bs)
    key = wanted if "/" in wanted else f"{wanted}/tcp"
    if key not in found:
        raise Refusal(f"no public port '{wanted}' published for {sandbox.name}")
    return "".join(f"{_endpoint(b)}\n" for b in found[key])
