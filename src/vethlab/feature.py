"""What a kernel and its tools can do, found out by trying, never by version.

Each feature is one line: what is tried (in a network namespace of a throw-away capsule), what in vethlab needs it, and
what to do when it is missing.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import programs
from .errors import MachineError

__all__ = ["FEATURES", "Feature", "Tried", "lacking", "modules_here", "refuse_missing", "remedy", "try_all"]

#: Tried at a time. They mostly wait: for a namespace to be made, and to go.
_AT_ONCE = 4
#: A backstop alone: a busy or an emulated machine may take long over what works.
_SECONDS = 600.0
_SCTP = 132  # IPPROTO_SCTP, which not every Python names
#: Of what nothing shipped needs; the second has a test that sends packets through it.
_OWN, _TESTED = "your own experiments", "your own experiments; tests/e2e/kernel"

#: `trial` is run by sh, and worked when it ends with 0; or it is called, and worked unless it raises OSError.
Trial = str | Callable[[], object]


@dataclass(frozen=True, slots=True)
class Feature:
    """`required` ones every lab needs. `module` is the kernel's, `package` Debian's that brings it, where one does."""

    name: str
    trial: Trial
    needed_by: str
    module: str = ""
    package: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A feature and what came of it; `said` is the last line of the complaint, `remedy` what to do about it."""

    feature: Feature
    works: bool
    said: str = ""
    remedy: str = ""


def _link(kind: str, needed_by: str, more: str = "", module: str = "", required: bool = False) -> Feature:
    return Feature(kind, f"ip link add try0 type {kind} {more}", needed_by, module or kind, required=required)


def _upon_veth(kind: str, more: str, needed_by: str, module: str = "") -> Feature:
    parent = "ip link add try1 type veth peer name try2"
    return Feature(kind, f"{parent} && ip link add link try1 name try0 type {kind} {more}", needed_by, module or kind)


def _qdisc(kind: str, more: str, needed_by: str) -> Feature:
    return Feature(kind, f"tc qdisc add dev lo root {kind} {more}", needed_by, f"sch_{kind}")


def _filter(kind: str, more: str, needed_by: str) -> Feature:
    root = "tc qdisc add dev lo root handle 1: htb"
    return Feature(
        kind, f"{root} && tc filter add dev lo parent 1: {more}", needed_by, f"cls_{kind.removeprefix('cls_')}"
    )


def _program(name: str, package: str, needed_by: str, required: bool = False) -> Feature:
    return Feature(name, lambda: programs.find(name), needed_by, package=package, required=required)


def _sctp() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, _SCTP).close()


FEATURES = (
    _link("veth", "every cable", required=True),
    _link("bridge", "switches, docker0, cni0", required=True),
    _link("vxlan", "the pod network", "id 1 dstport 8472 dev lo", required=True),
    Feature(
        "br_netfilter",
        "ip link add try0 type bridge; cat /proc/sys/net/bridge/bridge-nf-call-iptables",
        "a published port reached from a container of the same bridge",
        "br_netfilter",
        required=True,
    ),
    Feature("IPv6", "ip address add fd00::1/64 dev lo", "IPv6 of every kind", "ipv6"),
    Feature("iptables", "iptables -t nat -S", "docker0, masquerade", "nf_tables", "iptables", required=True),
    Feature("ip6tables", "ip6tables -t nat -S", "docker0 with IPv6", "nf_tables", "iptables", required=True),
    Feature(
        "iptables-legacy",
        "iptables-legacy -t nat -S",
        "the module iptables with backend: legacy",
        "iptable_nat",
        "iptables",
    ),
    Feature(
        "nftables", "nft add table inet try0", "loss without netem, faults", "nf_tables", "nftables", required=True
    ),
    Feature("conntrack", "conntrack -C", "NAT proofs, labs", "nf_conntrack_netlink", "conntrack"),
    Feature(
        "Docker Engine",
        "dockerd --version && containerd --version && runc --version && "
        "unshare --mount mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup",
        "docker: {engine: dockerd}; else Docker is emulated",
        package="docker.io",
    ),
    _program("bird", "bird2", "Calico over BGP"),
    _program("ovs-vswitchd", "openvswitch-switch", "the pod network geneve"),
    Feature("ipset", "ipset create try0 hash:ip", _OWN, "ip_set_hash_ip", "ipset"),
    Feature("tun", "ip tuntap add try0 mode tun", "flannel-udp, weave-sleeve, geneve", "tun"),
    _program("mnexec", "mininet", "nodes", required=True),
    _program("dnsmasq", "dnsmasq-base", "name service", required=True),
    _program("wg", "wireguard-tools", "flannel over WireGuard"),
    _program("newuidmap", "uidmap", "more than one user id in an ordinary user's lab"),
    _qdisc("tbf", "rate 1mbit burst 3000 latency 50ms", "links with a rate"),
    _qdisc("netem", "delay 1ms", "links with a delay"),
    _qdisc("htb", "", _OWN),
    _qdisc("fq_codel", "", _TESTED),
    _filter("u32", "protocol ip u32 match u32 0 0 flowid 1:1", "the bandwidth plugin: what a pod may send"),
    _filter("cls_bpf", "bpf bytecode '1,6 0 0 4294967295,' flowid 1:1", _OWN),
    Feature("BTF", "head -c 1 /sys/kernel/btf/vmlinux >/dev/null", _OWN),
    _link("ifb", "the bandwidth plugin: what a pod may send"),
    _link("dummy", _TESTED),
    _upon_veth("macvlan", "mode bridge", "Docker's macvlan networks"),
    _upon_veth("ipvlan", "mode l2", "Docker's ipvlan networks"),
    _link("geneve", _TESTED, "id 1 remote 127.0.0.1"),
    _upon_veth("vlan", "id 2", "the vlan plugin", "8021q"),
    _link("vrf", "the vrf plugin", "table 10"),
    _link("ipip", "Calico and flannel over IP in IP", "local 127.0.0.1 remote 127.0.0.2"),
    _link("gre", _TESTED, "local 127.0.0.1 remote 127.0.0.2", "ip_gre"),
    _link("wireguard", "flannel over WireGuard"),
    Feature(
        "bridge VLAN filtering",
        "ip link add try0 type bridge vlan_filtering 1",
        "the bridge plugin's VLANs",
    ),
    Feature("IPVS", "cat /proc/net/ip_vs", _TESTED, "ip_vs"),
    Feature("SCTP", _sctp, _TESTED, "sctp"),
    Feature("Open vSwitch datapath", "genl ctrl get name ovs_datapath", _TESTED, "openvswitch"),
)


def try_all() -> Iterator[Tried]:
    """Try every feature, each in a network namespace of its own. In their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(_try, FEATURES)


def _try(feature: Feature) -> Tried:
    said = _run(feature.trial) if isinstance(feature.trial, str) else _call(feature.trial)
    return Tried(feature, said is None, said or "", "" if said is None else remedy(feature, said, modules_here()))


def lacking(names: Iterable[str]) -> list[str]:
    """Those of the names that do not work here, or that nobody knows, in alphabetical order."""
    works = {f.name for f in FEATURES if f.name in set(names) and _try(f).works}
    return sorted(set(names) - works)


def refuse_missing(names: Iterable[str], user: str) -> None:
    """Try those of that name. Raises MachineError for the first that does not work: what `user` would need it for."""
    for tried in (_try(f) for f in FEATURES if f.name in set(names)):
        if not tried.works:
            raise MachineError(f"{user} needs {tried.feature.name}, and here: {tried.said}", tried.remedy)


def _run(command: str) -> str | None:
    """What it complained of; None when it worked."""
    argv = ["unshare", "--net", "sh", "-c", command]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return f"no answer within {_SECONDS:.0f} s"
    complaint = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
    return complaint[0] if done.returncode else None


def _call(trial: Callable[[], object]) -> str | None:
    try:
        trial()
    except MachineError as error:
        return error.what
    except OSError as error:
        return error.strerror or str(error)
    return None


def modules_here(modules: Path = Path("/lib/modules")) -> frozenset[str]:
    """The modules that could be loaded into the running kernel (modules.dep(5)), dashes written as underscores."""
    try:
        lines = (modules / os.uname().release / "modules.dep").read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(Path(line.partition(":")[0]).name.partition(".")[0].replace("-", "_") for line in lines)


def remedy(feature: Feature, said: str, loadable: frozenset[str]) -> str:
    """What to do about a feature that failed with these words, where the kernel has these modules."""
    if feature.package and ("not found" in said or "not on this machine" in said):
        return f"sudo apt-get install {feature.package}"
    if feature.name == "tun":
        return "sudo chmod 666 /dev/net/tun" if "denied" in said else "sudo modprobe tun"
    if feature.module in loadable:
        return f"sudo modprobe {feature.module}"
    kernel = f"this kernel comes without {feature.module or feature.name}"
    return f"{kernel}; Debian's has it, and vethlab test -e vm tries there what this one refuses"
