"""Machines to converge, made by hand: namespaces, cables and addresses, and nothing an operator would configure.

A fleet lives in a user, PID, mount and network namespace of its own. Whatever is to happen in it runs in a child that
has entered it (`Fleet.run`), so that the test process stays where it is.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pyroute2 import IPRoute

from vethlab import syscalls
from vethlab.addressing import lay_out
from vethlab.model import Topology
from vethlab.namespace import enter, libc_call
from vethlab.world import Machine, Sandbox, World

REPOSITORY = Path(__file__).parents[3]
NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
MACHINE = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWPID | NEWNET
MS_REC_PRIVATE = 0x4000 | 0x40000


def world_of(text: str) -> World:
    return lay_out(Topology.model_validate(yaml.safe_load(text)))


class FleetError(AssertionError):
    """What ran in the fleet failed there; holds its traceback."""


def mount(kind: str, target: str, flags: int = 0) -> None:
    libc_call("mount", kind.encode(), target.encode(), kind.encode(), flags, b"")


def spawn(flags: int, prepare: Callable[[], None], before: Callable[[int], None] = lambda pid: None) -> int:
    """A process in new namespaces that only waits. `prepare` runs in it first; `before` outside, with its parent's id.

    Returns its id as seen here. It is the first process of its PID namespace, and collects what dies there.
    """
    ready, told = os.pipe()
    asked, go = os.pipe()
    parent = os.fork()
    if parent == 0:
        libc_call("unshare", flags)
        os.write(told, b"u")
        os.read(asked, 1)
        first = os.fork() if flags & NEWPID else os.getpid()
        if first not in (0, os.getpid()):
            os.write(told, f"{first}\n".encode())
            os._exit(0)
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            prepare()
            os.write(told, b"ready\n" if flags & NEWPID else f"{os.getpid()}\nready\n".encode())
        except BaseException:
            os.write(told, traceback.format_exc().encode())
            os._exit(1)
        _wait(asked, mortal=bool(flags & NEWUSER))
    os.close(told)
    os.read(ready, 1)
    before(parent)
    os.write(go, b"g")
    if flags & NEWPID:
        os.waitpid(parent, 0)
    words = b""
    while b"ready\n" not in words:
        part = os.read(ready, 65536)
        if not part:
            raise FleetError(words.decode())
        words += part
    os.close(ready)
    os.close(asked)
    if not flags & NEWUSER:
        os.close(go)
    return int(words.split()[0]) if words.split()[0] != b"ready" else int(words.split()[1])


def _wait(lifeline: int, mortal: bool) -> None:
    """Until killed; if mortal, until the test process ends, which holds the other end of the lifeline."""
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    os.dup2(lifeline, 3)  # any other pipe kept open here would never end for its reader
    os.closerange(4, 4096)
    if mortal:
        os.read(3, 1)
        os._exit(0)
    while True:
        signal.pause()


def private_files(name: str) -> None:
    """/etc and /var as writable copies, /run and /tmp empty, /proc of this PID namespace."""
    libc_call("mount", b"none", b"/", None, MS_REC_PRIVATE, None)
    libc_call("sethostname", name.encode(), len(name))
    saved = {p: p.read_bytes() for p in map(Path, ("/etc/passwd", "/etc/group", "/etc/ld.so.cache", "/etc/protocols"))}
    saved |= {p: p.read_bytes() for p in (Path("/etc/services"), Path("/etc/nsswitch.conf"))}
    links = {p: p.readlink() for p in Path("/etc/alternatives").iterdir() if p.is_symlink()}
    for directory in ("/etc", "/var", "/run"):
        mount("tmpfs", directory)
    for path, content in saved.items():
        path.write_bytes(content)
    Path("/etc/alternatives").mkdir()
    for path, target in links.items():
        path.symlink_to(target)
    for directory in ("/run/lock", "/var/run", "/var/log/journal", "/var/lib/misc", "/etc/systemd/system"):
        Path(directory).mkdir(parents=True)
    mount("proc", "/proc")
    for tree in Path("/proc/sys").iterdir():
        if tree.name != "net":  # root of a fleet made by root would change them for the whole machine
            syscalls.bind(tree, tree)
            syscalls.make_read_only(tree)


class Fleet:
    """The machines of a world. `pids` maps a machine or sandbox to its first process, as seen inside the fleet."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pids: dict[str, int] = {}
        self.pid = spawn(NEWUSER | MACHINE, lambda: private_files("fleet"), _map_ids)
        self.pids = self.run(lambda: _build(world))

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def run(self, body: Callable[[], Any], *, at: str = "") -> Any:
        """Call `body` in the fleet, or in one of its machines or sandboxes, and return what it returns."""
        return _forked(lambda: self._inside(body, at))

    def _inside(self, body: Callable[[], Any], at: str) -> Any:
        enter(self.pid, "user", "pid", "net", "mnt", "uts", "ipc", "cgroup")
        return _forked(lambda: _at(self.pids[at], body) if at else body())

    def attach(self, sandbox: Sandbox) -> None:
        """A sandbox on its bridge, as the harness does it."""
        self.pids[sandbox.name] = self.run(lambda: _attach(sandbox, self.pids[sandbox.node]))


def _map_ids(pid: int) -> None:
    Path(f"/proc/{pid}/setgroups").write_text("deny")
    Path(f"/proc/{pid}/uid_map").write_text(f"0 {os.geteuid()} 1")
    Path(f"/proc/{pid}/gid_map").write_text(f"0 {os.getegid()} 1")


def _answer(writer: int, body: Callable[[], Any]) -> None:
    try:
        words = pickle.dumps((True, body()))
    except BaseException as error:
        words = pickle.dumps((False, f"{error}\n{traceback.format_exc()}"))
    with os.fdopen(writer, "wb") as answers:
        answers.write(words)
    os._exit(0)


def _forked(body: Callable[[], Any]) -> Any:
    """What `body` returns in a child: it may enter namespaces, and is in a PID namespace entered before."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(writer, body)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        words = answers.read()
    os.waitpid(child, 0)
    good, value = pickle.loads(words) if words else (False, "it died without a word")
    if not good:
        raise FleetError(value)
    return value


def _at(pid: int, body: Callable[[], Any]) -> Any:
    enter(pid)
    return _forked(body)


def _build(world: World) -> dict[str, int]:
    pids = {name: spawn(MACHINE, lambda name=name: private_files(name)) for name in world.machines}
    with IPRoute() as route:
        for number, mtu in enumerate(world.switches.values()):
            route.link("add", ifname=f"sw{number}", kind="bridge", mtu=mtu)
            route.link("set", index=socket.if_nametoindex(f"sw{number}"), state="up")
        for machine in world.machines.values():
            for port in machine.ports:
                end = f"m{machine.index}{port.name}"
                route.link("add", ifname=end, kind="veth", peer={"ifname": port.name, "net_ns_pid": pids[machine.name]})
                index = socket.if_nametoindex(end)
                route.link(
                    "set", index=index, master=socket.if_nametoindex(f"sw{list(world.switches).index(port.switch)}")
                )
                route.link("set", index=index, mtu=port.mtu, state="up")
    for machine in world.machines.values():
        _forked(lambda machine=machine: _at(pids[machine.name], lambda: _address(machine)))
    return pids


def _address(machine: Machine) -> None:
    with IPRoute() as route:
        route.link("set", index=1, state="up")
        for port in machine.ports:
            index = socket.if_nametoindex(port.name)
            route.link("set", index=index, address=port.mac, mtu=port.mtu)
            route.link("set", index=index, state="up")
            for address in port.addresses:
                flags = {"flags": 2} if address.version == 6 else {}
                route.addr("add", index=index, address=str(address), **flags)
        for gateway in machine.gateways:
            route.route("add", dst="default", gateway=str(gateway), family=2 if gateway.version == 4 else 10)


def _attach(sandbox: Sandbox, node: int) -> int:
    """A network namespace of its own, and a veth pair into the bridge of its node."""
    pid = spawn(NEWNET, lambda: None)
    enter(node, "net")
    with IPRoute() as route:
        peer = {"ifname": sandbox.interface, "net_ns_pid": pid}
        route.link("add", ifname=sandbox.veth, kind="veth", peer=peer)
        index = socket.if_nametoindex(sandbox.veth)
        route.link("set", index=index, master=socket.if_nametoindex(sandbox.bridge), mtu=sandbox.mtu)
        route.link("set", index=index, state="up")
    enter(pid, "net")
    with IPRoute() as route:
        route.link("set", index=1, state="up")
        index = socket.if_nametoindex(sandbox.interface)
        route.link("set", index=index, address=sandbox.mac, mtu=sandbox.mtu)
        route.link("set", index=index, state="up")
        for address in sandbox.addresses:
            route.addr("add", index=index, address=str(address), **({"flags": 2} if address.version == 6 else {}))
        for gateway in sandbox.gateways:
            route.route("add", dst="default", gateway=str(gateway), family=2 if gateway.version == 4 else 10)
    return pid
