"""The underlay: machines and the switches between them. The only module that imports Mininet.

A machine is a Mininet host with PID, UTS, IPC and cgroup namespaces and an /etc, /run, /var, /root and /tmp of its own,
so that inside it looks like a machine. A switch is a bridge in the capsule's own network namespace, without a shell.

Mininet's weak points are fenced off: its global clean-up and its changes of limits never run, and its cables are made
by netlink, with names, MACs and MTUs final from the start, instead of by `ip` and `ifconfig`.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from subprocess import Popen
from types import ModuleType
from typing import Any

from . import netlink, offload, shaping
from .errors import LabError
from .netlink import Netlink, NetlinkError
from .spawned.machine import STATE
from .spawner import Spawner
from .world import Machine, Port, World

# Mininet wants one name of distutils, to compare versions of Open vSwitch. The standard library no longer has it, and
# setuptools' copy takes 150 ms to import: so it gets the name.
if "distutils" not in sys.modules:
    sys.modules["distutils"], sys.modules["distutils.version"] = ModuleType("distutils"), ModuleType("version")
    sys.modules["distutils.version"].StrictVersion = str  # type: ignore[attr-defined]

from mininet.link import Intf, Link
from mininet.node import Host, Switch

__all__ = ["Underlay"]

#: What Mininet has its shells prompt with.
_PROMPT = chr(127)


class MachineHost(Host):  # type: ignore[misc]
    """A Mininet host in PID, UTS, IPC and cgroup namespaces of its own; `init` is its first process."""

    init: int = 0

    def startShell(self, mnopts: str | None = None) -> None:
        """Called by Mininet, whose name it is. Raises LabError where the shell has ended."""
        super().startShell(mnopts)
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        if len(children) != 1:
            raise LabError(f"{self.name} has not started: its shell has ended")
        self.init = int(children[0])

    def read(self, size: int = 1024) -> str:
        """While the shell starts, up to its prompt: Mininet would wait for ever for that of a shell that has died."""
        data = str(super().read(size)) if self.init else ""
        while not self.init and not data.endswith(_PROMPT):
            if select.select([self.stdout], [], [], 0.05)[0]:
                data += super().read(size)
            elif self.shell.poll() is not None:
                raise LabError(f"{self.name} has not started: {data.strip() or 'its shell has ended'}")
        return data

    def end(self) -> None:
        """Kill its first process and, with that, every other. Mininet would ask the shell, which may be stopped.

        Somebody in the lab may have done so already.
        """
        if self.shell.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.init, signal.SIGKILL)
        self.shell.wait()
        self.stdin.close()
        os.close(self.slave)

    def _popen(self, cmd: list[str], **params: Any) -> Popen[bytes]:
        """Mininet asks for `mnexec -cdn env … bash`: what follows mnexec's options runs in more namespaces."""
        more = ["unshare", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child", "--mount-proc"]
        return Popen([*cmd[:2], *more, *cmd[2:]], **params)


class Bridge(Switch):  # type: ignore[misc]
    """A Linux bridge in the capsule's own namespace. It needs no shell."""

    def __init__(self, name: str, index: int) -> None:
        super().__init__(name, inNamespace=False, dpid=f"{index:x}")

    def startShell(self, mnopts: str | None = None) -> None:
        """Called by Mininet, which names a namespace by a process of it: this one."""
        self.pid = os.getpid()


class Interface(Intf):  # type: ignore[misc]
    """An interface that is born configured."""

    def config(self, **params: Any) -> dict[str, Any]:
        """Called by Mininet, which would run ifconfig(8); nothing is left to be done."""
        return {}


class Cable(Link):  # type: ignore[misc]
    """A veth pair from a port of a switch to a machine; `name` is the switch's end."""

    def __init__(self, switch: Bridge, machine: MachineHost, port: Port, name: str, wire: Netlink) -> None:
        master = wire.index(switch.name)
        wire.do(netlink.veth(name, port.name, mtu=port.mtu, peer_mac=port.mac, peer_pid=machine.init, master=master))
        super().__init__(switch, machine, intfName1=name, intfName2=port.name, intf=Interface)

    def makeIntfPair(self, *args: Any, **kwargs: Any) -> None:
        """Made already."""


class Underlay:
    """The running machines of a world. `pids` maps a machine's name to its first process."""

    def __init__(self, world: World, spawner: Spawner) -> None:
        """Bring it up: machines, switches, cables, addresses, default routes. Raises LabError, MachineError."""
        self._world, self._spawner = world, spawner
        self._wire = Netlink()
        shaping.refuse_missing(port for m in world.machines.values() for port in m.ports)
        self._bridges = dict(self._switches())
        with ThreadPoolExecutor(4) as pool:  # starting a shell is mostly waiting for it
            self._hosts = {h.name: h for h in pool.map(MachineHost, world.machines)}
        self.pids: dict[str, int] = {name: host.init for name, host in self._hosts.items()}
        spawner.ask(_furnishing(machine, self.pids) for machine in world.machines.values())
        for machine in world.machines.values():
            self._plug_in(machine)

    def end(self) -> None:
        """Kill every process of every machine, and take the switches and cables away; all is gone on return."""
        for host in self._hosts.values():
            host.end()
        shutil.rmtree(STATE)
        cables = [_cable(m, port) for m in self._world.machines.values() for port in m.ports]
        for name in (*cables, *(bridge.name for bridge in self._bridges.values())):
            with suppress(NetlinkError):  # a cable goes with either of its ends
                self._wire.do(netlink.unlink(name))
        self._wire.close()

    def restart(self, name: str) -> None:
        """Kill every process of a machine, and boot it: its disk and its cables are as they were, all else is gone."""
        machine = self._world.machines[name]
        self._hosts[name].end()
        for port in machine.ports:
            with suppress(NetlinkError):
                self._wire.do(netlink.unlink(_cable(machine, port)))
        for volatile in ("run", "tmp"):
            shutil.rmtree(STATE / name / volatile)
        self._hosts[name] = MachineHost(name)
        self.pids[name] = self._hosts[name].init
        self._spawner.ask([_furnishing(machine, self.pids)])
        self._plug_in(machine)

    def _switches(self) -> Iterator[tuple[str, Bridge]]:
        # What crosses a switch is not the capsule's to filter.
        for name in ("iptables", "ip6tables", "arptables"):
            with_filter = Path(f"/proc/sys/net/bridge/bridge-nf-call-{name}")
            if with_filter.exists():
                with_filter.write_text("0")
        Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
        for index, (name, mtu) in enumerate(self._world.switches.items(), 1):
            self._wire.do(netlink.bridge(switch_interface(index), mtu=mtu))
            yield name, Bridge(switch_interface(index), index)

    def _plug_in(self, machine: Machine) -> None:
        pid = self.pids[machine.name]
        inside = Netlink(pid)
        try:
            inside.do(netlink.link(netlink.LO))
            for port in machine.ports:
                name = _cable(machine, port)
                Cable(self._bridges[port.switch], self._hosts[machine.name], port, name, self._wire)
                index = inside.index(port.name)
                inside.do(*(netlink.address(index, a) for a in port.addresses), netlink.link(index))
                shaping.shape(port, pid, port.name)
                shaping.shape(port, None, name)
                if machine.pods and machine.pods.wiring == "switch":
                    offload.fill_in_checksums(name)
            inside.do(*(netlink.route(None, gateway) for gateway in machine.gateways))
        finally:
            inside.close()


def switch_interface(index: int) -> str:
    """The bridge of the world's switch number `index`, in the capsule's own namespace."""
    return f"sw{index}"


def _cable(machine: Machine, port: Port) -> str:
    """The switch's end of a cable."""
    return f"n{machine.index}{port.name}"


def _furnishing(machine: Machine, pids: Mapping[str, int]) -> dict[str, Any]:
    hosts = "".join(f"{address}\t{machine.name}\n" for address in machine.addresses)
    return {"job": "machine", "name": machine.name, "pid": pids[machine.name], "hosts": hosts}
