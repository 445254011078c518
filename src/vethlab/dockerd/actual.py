"""What an engine made, in the world's terms: processes as the capsule counts them, interfaces by the names they got."""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

from ..errors import LabError
from ..model import Address
from ..namespace import inside
from ..world import Machine, Nic, Sandbox

__all__ = ["as_made", "first_processes", "outside_pid"]

#: ioctl(2) request: the address of an interface.
_SIOCGIFADDR = 0x8915


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
    addresses: frozenset[Address]


def as_made(sandbox: Sandbox, machine: Machine, node_pid: int, pid: int) -> Sandbox:
    """The container with the MACs and names that its interfaces got, as the kernel has them.

    Raises LabError where its addresses are not those the topology works out to: then nothing that is asked of it would
    be asked of the right one.
    """
    if sandbox.mode != "own":
        return sandbox
    interfaces = list(_interfaces(pid))
    with inside(node_pid):
        ends = dict(socket.if_nameindex())
    bridges = {n.name: n.bridge.name for n in machine.networks if n.bridge}
    nics = []
    for nic in sandbox.nics:
        found = next((i for i in interfaces if {a.ip for a in nic.addresses} <= i.addresses), None)
        if found is None:
            raise LabError(_others(sandbox, nic, interfaces))
        # An overlay has a network namespace of its own, and its ports are in there.
        end = ends.get(found.peer, nic.veth) if nic.driver == "bridge" else nic.veth
        bridge = bridges.get(nic.network, nic.bridge)
        nics.append(replace(nic, name=found.name, mac=found.mac, veth=end, bridge=bridge))
    return replace(sandbox, nics=tuple(nics))


def _others(sandbox: Sandbox, nic: Nic, interfaces: Iterable[_Interface]) -> str:
    got = sorted(str(a) for i in interfaces for a in i.addresses if not a.is_link_local)
    wanted = " and ".join(str(a.ip) for a in nic.addresses)
    return (
        f"Docker gave {sandbox.name} {', '.join(got) or 'no address'}; "
        f"on network {nic.network} it was to have {wanted}\n"
        "  such a network is the emulated engine's alone for now: --engine emulated"
    )


def _interfaces(pid: int) -> Iterator[_Interface]:
    """Of the network namespace of a container, by its own /sys and /proc."""
    six = list(_ipv6(pid))
    with inside(pid):
        four = {name: _ipv4(name) for _, name in socket.if_nameindex()}
    for name in four:
        where = Path(f"/proc/{pid}/root/sys/class/net", name)
        addresses = frozenset({a for a in (four[name],) if a} | {a for each, a in six if each == name})
        yield _Interface(name, (where / "address").read_text().strip(), int((where / "iflink").read_text()), addresses)


def _ipv4(name: str) -> Address | None:
    """The first address of an interface, in the network namespace of this thread (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            answer = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("256s", name.encode()))
        except OSError:
            return None
    return ip_address(answer[20:24])


def _ipv6(pid: int) -> Iterator[tuple[str, Address]]:
    for line in Path(f"/proc/{pid}/net/if_inet6").read_text().splitlines():
        fields = line.split()
        yield fields[5], ip_address(bytes.fromhex(fields[0]))
