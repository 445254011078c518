"""What an engine made, in the world's terms: processes as the capsule counts them, interfaces by the names they got."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import LabError
from ..namespace import inside
from ..world import Machine, Nic, Sandbox

__all__ = ["as_made", "first_processes", "outside_pid"]


def first_processes() -> dict[int, int]:
    """The PID namespaces of the capsule: inode to the id, as we count, of the process that is number 1 there."""
    found = {}
    for process in (p for p in Path("/proc").iterdir() if p.name.isdigit()):
        try:
            if _innermost(process) == 1:
                found[(process / "ns/pid").stat().st_ino] = int(process.name)
        except OSError:
            continue
    return found


def _innermost(process: Path) -> int:
    """What a process is called in its own PID namespace (proc_pid_status(5), NSpid)."""
    for line in (process / "status").read_text().splitlines():
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    return 0


def outside_pid(node_pid: int, pid: int, firsts: Mapping[int, int]) -> int:
    """The id, as we count, of a container's first process that its node knows as `pid`. Raises LabError: it ended."""
    try:
        return firsts[Path(f"/proc/{node_pid}/root/proc/{pid}/ns/pid").stat().st_ino]
    except (OSError, KeyError):
        raise LabError(f"process {pid} has ended") from None


@dataclass(frozen=True, slots=True)
class _Interface:
    name: str
    mac: str
    peer: int


def as_made(sandbox: Sandbox, machine: Machine, settings: Mapping[str, Any], node_pid: int, pid: int) -> Sandbox:
    """The container with the MACs and interface names that it got. `settings` is docker inspect's NetworkSettings.

    Raises LabError where its addresses are not those the topology works out to: then nothing that is asked of it would
    be asked of the right one.
    """
    if sandbox.mode != "own":
        return sandbox
    interfaces = {i.mac: i for i in _interfaces(pid)}
    with inside(node_pid):
        ends = dict(socket.if_nameindex())
    bridges = {n.name: n.bridge.name for n in machine.networks if n.bridge}
    nics = []
    for nic in sandbox.nics:
        endpoint = settings["Networks"].get(nic.network, {})
        _refuse_others(sandbox, nic, endpoint)
        found = interfaces.get(endpoint["MacAddress"].lower())
        if found:
            end = ends.get(found.peer, nic.veth) if nic.veth else ""
            bridge = bridges.get(nic.network, nic.bridge)
            nic = replace(nic, name=found.name, mac=found.mac, veth=end, bridge=bridge)
        nics.append(nic)
    return replace(sandbox, nics=tuple(nics))


def _refuse_others(sandbox: Sandbox, nic: Nic, endpoint: Mapping[str, Any]) -> None:
    got = {str(a) for key in ("IPAddress", "GlobalIPv6Address") if (a := endpoint.get(key))}
    wanted = {str(a.ip) for a in nic.addresses}
    if got != wanted:
        given, expected = (", ".join(sorted(x)) or "none" for x in (got, wanted))
        raise LabError(f"Docker gave {sandbox.name} on network {nic.network} the address {given}, not {expected}")


def _interfaces(pid: int) -> list[_Interface]:
    """Of the network namespace of a container, by its own /sys."""
    where = Path(f"/proc/{pid}/root/sys/class/net")
    return [
        _Interface(entry.name, (entry / "address").read_text().strip(), int((entry / "iflink").read_text()))
        for entry in where.iterdir()
        if entry.name != "lo"
    ]
