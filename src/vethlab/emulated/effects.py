"""What a docker command does to a host: bridges, namespaces, cables, rules, names. The world was amended before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from .. import netlink, sandbox
from ..container_files import own_addresses
from ..docker_inventory import NAMESPACES, embedded_names
from ..docker_versions import has
from ..errors import LabError
from ..inventory import embedded_dns_argv
from ..lab import Lab
from ..netlink import Netlink, NetlinkError
from ..spawned.program import LOGS
from ..world import Bridge, HostNetwork, Nic, Sandbox
from .refusal import Refusal
from .rules import apply_rules

__all__ = ["Host"]

_CONFIGURATION = Path("etc/docker/vethlab-dns.json")
_PIDFILE = Path("run/docker/vethlab-dns.pid")
_PATIENCE = 10.0
#: The group of links that are about to be deleted.
_GOING = 0x676F


class Host:
    """One host of a running lab, as the emulated engine changes it."""

    def __init__(self, lab: Lab, node: str) -> None:
        self.lab, self.node, self.pid = lab, node, lab.pids[node]
        self.root = Path(f"/proc/{self.pid}/root")

    def bring_rules_up_to_date(self) -> None:
        """Rules and names as the world is now. Raises LabError."""
        apply_rules(self.lab.world, self.node, self.pid, self.lab.playbooks)
        self._publish_names()

    # Networks.

    def add_network(self, network: HostNetwork) -> None:
        """A bridge where the network has one, and the rules of all. Raises LabError."""
        if network.bridge:
            self._make_bridge(network.bridge)
        self.bring_rules_up_to_date()

    def _make_bridge(self, bridge: Bridge) -> None:
        link = Netlink(self.pid)
        try:
            link.do(netlink.bridge(bridge.name, mac=bridge.mac, mtu=bridge.mtu))
            link.do(*(netlink.address(link.index(bridge.name), a) for a in bridge.addresses))
        finally:
            link.close()
        switch = f"/proc/sys/net/ipv4/conf/{bridge.name}/route_localnet"
        self._run("sh", "-c", f"echo 1 > {switch}")

    def remove_network(self, network: HostNetwork) -> None:
        """The other way round: no rule ever names a bridge that is gone. Raises LabError."""
        self.bring_rules_up_to_date()
        if network.bridge:
            self._unlink(network.bridge.name)

    # Containers.

    def add_container(self, new: Sandbox) -> None:
        """Namespaces, cables, files, rules and names, as `docker run` leaves them; no program yet."""
        try:
            self.lab.make([new])
            self._attach(new)
            self._hold_ports(new)
            self.bring_rules_up_to_date()
            self.write_files(new)
        except Exception:
            self.discard(new)
            raise

    def _hold_ports(self, each: Sandbox) -> None:
        try:
            self.lab.ports.hold(self.lab.world, [each])
        except LabError as error:
            words = f"driver failed programming external connectivity on endpoint {error}"
            raise Refusal.daemon(f"failed to set up container networking: {words}") from None

    def _attach(self, new: Sandbox) -> None:
        link = Netlink(self.pid)
        try:
            sandbox.attach(new, link, self.lab.pids[new.name])
        finally:
            link.close()

    def end_containers(self, *old: Sandbox) -> None:
        """Their processes go, cables, and network namespaces' names; their files stay. Raises LabError."""
        if old:
            self._end(*old)
            self.bring_rules_up_to_date()
            self._unname(*old)

    def forget(self, *old: Sandbox) -> None:
        """The files of those that have ended go as well: their own and their logs. Raises LabError."""
        own = [(f"/var/lib/vethlab/sandboxes/{each.name}", f"{LOGS}/{each.name}.log") for each in old]
        if own:
            self._run("rm", "-rf", *chain.from_iterable(own))

    def discard(self, half: Sandbox) -> None:
        """What runs of a container that could not be started."""
        self._end(half)
        with suppress(LabError):
            self._unname(half)

    def _end(self, *sandboxes: Sandbox) -> None:
        for each in sandboxes:
            self.lab.ports.release(each.name)
            pid = self.lab.pids.pop(each.name, None)
            if pid is not None:
                with suppress(ProcessLookupError):  # somebody on the host was quicker
                    os.kill(pid, signal.SIGKILL)
        self._unlink(*(nic.veth for each in sandboxes if each.mode == "own" for nic in each.nics if nic.veth))

    def _unname(self, *sandboxes: Sandbox) -> None:
        names = [f"{NAMESPACES}/{each.name}" for each in sandboxes if each.mode in ("own", "none")]
        if names:
            self._run("sh", "-c", 'umount "$@"; rm "$@"', "sh", *names)

    def rewire(self, before: Sandbox, after: Sandbox) -> None:
        """Connected or disconnected: what is new is plugged in, what is gone pulled out, the way out set anew."""
        pid = self.lab.pids[after.name]
        here, there = {n.name for n in before.nics}, {n.name for n in after.nics}
        for nic in (n for n in before.nics if n.name not in there):
            self._unplug(nic, pid)
        new = [n for n in after.nics if n.name not in here]
        try:
            self._plug(new, pid)
        except Exception:
            for nic in new:
                self._unplug(nic, pid)
            raise
        for gateway in after.gateways:
            family = f"-{gateway.version}"
            self._inside(pid, "ip", family, "route", "replace", "default", "via", str(gateway))
        if not after.gateways:
            self._inside(pid, "ip", "route", "flush", "default")
        self._hold_ports(after)
        self.bring_rules_up_to_date()
        self._amend_files(before, after)

    def _plug(self, nics: Iterable[Nic], pid: int) -> None:
        link = Netlink(self.pid)
        try:
            # The default routes are set for all interfaces together.
            sandbox.attach_nics([_without_gateways(n) for n in nics], link, pid, hairpin=True)
        finally:
            link.close()

    def _unplug(self, nic: Nic, pid: int) -> None:
        if nic.veth:
            self._unlink(nic.veth)
        else:
            self._inside(pid, "ip", "link", "del", nic.name)

    def _amend_files(self, before: Sandbox, after: Sandbox) -> None:
        file = Path(f"/proc/{self.lab.pids[after.name]}/root/etc/hosts")
        known = file.read_text()
        self.write_files(after)
        if not has(self.lab.world.engine_version, "hosts-cleared"):
            new = [n for n in after.nics if n not in before.nics]
            file.write_text(known + own_addresses(replace(after, nics=tuple(new))))

    def write_files(self, each: Sandbox) -> None:
        """/etc/hosts and /etc/resolv.conf of a container."""
        sandbox.write_hosts(each, self.lab.pids[each.name])
        self.lab.write_resolv_conf(each)

    # Names.

    def _publish_names(self) -> None:
        """Hand the embedded name server what it is to serve, in the words of the playbook's file, and wait for it."""
        told = embedded_names(self.lab.world, self.lab.world.machines[self.node])
        if told is None and not (self.root / _CONFIGURATION).exists():
            return
        text = json.dumps(told or {"containers": [], "networks": {}}, indent=4, sort_keys=True, separators=(",", ": "))
        file = self.root / _CONFIGURATION
        if file.exists() and file.read_text() == text:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self._reload()

    def find_anew(self) -> None:
        """A container was made anew under its old name: the embedded name server has to look for it again."""
        if (self.root / _CONFIGURATION).exists():
            self._reload()

    def _reload(self) -> None:
        pidfile = self.root / _PIDFILE
        before = pidfile.stat().st_mtime_ns if pidfile.exists() else 0
        if before:
            self._run("kill", "-HUP", pidfile.read_text().strip())
        else:
            self._run(*embedded_dns_argv(), f"/{_CONFIGURATION}", f"/{_PIDFILE}")
        deadline = time.monotonic() + _PATIENCE
        while not pidfile.exists() or pidfile.stat().st_mtime_ns == before:
            if time.monotonic() > deadline:
                raise LabError(f"the embedded name server of {self.node} did not take its new configuration")
            time.sleep(0.002)

    # The host's own tools.

    def _unlink(self, *names: str) -> None:
        """Links go. One may be gone already: with the other end of its cable, or by somebody's hand."""
        link = Netlink(self.pid)
        try:
            for name in names:
                with suppress(NetlinkError):
                    link.do(netlink.join_group(name, _GOING))
            with suppress(NetlinkError):
                link.do(netlink.unlink_group(_GOING))
        finally:
            link.close()

    def _run(self, *argv: str) -> None:
        """A program in the host, in every one of its namespaces."""
        entered = ["nsenter", f"--target={self.pid}", "--mount", "--uts", "--ipc", "--net", "--pid", *argv]
        done = subprocess.run(entered, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(f"{self.node}: {' '.join(argv)}: {done.stderr.strip()}")

    def _inside(self, pid: int, *argv: str) -> None:
        subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *argv], capture_output=True, check=False)


def _without_gateways(nic: Nic) -> Nic:
    return replace(nic, gateways=())
