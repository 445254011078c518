"""What a kernel and its tools can do, found out by trying, never by version.

Each feature is one line: what is tried (in a network namespace of a throw-away capsule), what in vethlab needs it, and
what to do when it is missing.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .errors import MachineError

__all__ = ["FEATURES", "Feature", "Tried", "lacking", "refuse_missing", "try_all"]


@dataclass(frozen=True, slots=True)
class Feature:
    """`command` is run by sh, and worked when it ends with 0. `required` ones every lab needs."""

    name: str
    command: str
    needed_by: str
    remedy: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A feature and what came of it; `said` is the last line of the program's complaint."""

    feature: Feature
    works: bool
    said: str


def _link(kind: str, needed_by: str, more: str = "", required: bool = False, module: str = "") -> Feature:
    command = f"ip link add try0 type {kind} {more} && ip link del try0"
    return Feature(kind, command, needed_by, f"sudo modprobe {module or kind}", required)


def _upon_veth(kind: str, more: str, needed_by: str, module: str = "") -> Feature:
    parent = "ip link add try1 type veth peer name try2"
    command = f"{parent} && ip link add link try1 name try0 type {kind} {more}"
    return Feature(kind, command, needed_by, f"sudo modprobe {module or kind}")


def _qdisc(kind: str, more: str, needed_by: str) -> Feature:
    command = f"tc qdisc add dev lo root {kind} {more} && tc qdisc del dev lo root"
    return Feature(kind, command, needed_by, f"sudo modprobe sch_{kind}")


def _program(name: str, package: str, needed_by: str, required: bool = True) -> Feature:
    return Feature(name, f"command -v {name}", needed_by, f"sudo apt-get install {package}", required)


FEATURES = (
    _link("veth", "every cable", required=True),
    _link("bridge", "switches, docker0, cni0", required=True),
    _link("vxlan", "the pod network", "id 1 dstport 8472 dev lo", required=True),
    Feature(
        "br_netfilter",
        "ip link add try0 type bridge; test -e /proc/sys/net/bridge/bridge-nf-call-iptables",
        "a published port reached from a container of the same bridge",
        "sudo modprobe br_netfilter",
        required=True,
    ),
    Feature("iptables", "iptables -t nat -S", "docker0, masquerade", "sudo apt-get install iptables", required=True),
    Feature("ip6tables", "ip6tables -t nat -S", "docker0 with IPv6", "sudo modprobe ip6table_nat", required=True),
    Feature("nftables", "nft add table inet try0", "loss without netem, faults", "sudo apt-get install nftables", True),
    Feature("conntrack", "conntrack -C", "NAT proofs", "sudo apt-get install conntrack"),
    Feature(
        "Docker Engine",
        "dockerd --version && containerd --version && runc --version && "
        "unshare --mount mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup",
        "docker: {engine: dockerd}; else Docker is emulated",
        "sudo apt-get install docker.io",
    ),
    Feature("ipset", "ipset create try0 hash:ip", "NetworkPolicy", "sudo modprobe ip_set"),
    Feature(
        "tun",
        "ip tuntap add try0 mode tun",
        "flannel-udp, weave-sleeve, geneve",
        "sudo modprobe tun; sudo chmod 666 /dev/net/tun   (as udev makes it)",
    ),
    _program("mnexec", "mininet", "nodes"),
    _program("dnsmasq", "dnsmasq-base", "name service"),
    _program("newuidmap", "uidmap", "more than one user id in an ordinary user's lab", required=False),
    _qdisc("tbf", "rate 1mbit burst 3000 latency 50ms", "links with a rate"),
    _qdisc("netem", "delay 1ms", "links with a delay"),
    _qdisc("htb", "", "bandwidth limits"),
    _qdisc("fq_codel", "", "queueing experiments"),
    _link("dummy", "some faults and labs"),
    _upon_veth("macvlan", "mode bridge", "Docker's macvlan networks"),
    _upon_veth("ipvlan", "mode l2", "Docker's ipvlan networks"),
    _link("geneve", "Geneve by the kernel", "id 1 remote 127.0.0.1"),
    _upon_veth("vlan", "id 2", "802.1Q", "8021q"),
    _link("vrf", "the vrf plugin", "table 10"),
    _link("ipip", "Calico and flannel over IP in IP", "local 127.0.0.1 remote 127.0.0.2"),
    _link("gre", "GRE", "local 127.0.0.1 remote 127.0.0.2", module="ip_gre"),
    _link("wireguard", "flannel over WireGuard"),
    Feature(
        "bridge VLAN filtering",
        "ip link add try0 type bridge vlan_filtering 1",
        "VLAN faults",
        "a kernel with CONFIG_BRIDGE_VLAN_FILTERING",
    ),
    Feature("IPVS", "test -d /proc/sys/net/ipv4/vs", "kube-proxy in ipvs mode", "sudo modprobe ip_vs"),
    Feature("SCTP", "test -d /proc/sys/net/sctp || test -e /proc/net/sctp", "SCTP Services", "sudo modprobe sctp"),
)


def try_all() -> Iterator[Tried]:
    """Try every feature, each in a network namespace of its own."""
    return map(_try, FEATURES)


def _try(feature: Feature) -> Tried:
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", feature.command], capture_output=True, text=True, check=False
    )
    complaint = done.stderr.strip().splitlines()[-1:] or [""]
    return Tried(feature, done.returncode == 0, complaint[0] if done.returncode else "")


def lacking(names: Iterable[str]) -> list[str]:
    """Those of the names that do not work here, or that nobody knows, in alphabetical order."""
    works = {f.name for f in FEATURES if f.name in set(names) and _try(f).works}
    return sorted(set(names) - works)


def refuse_missing(names: Iterable[str], user: str) -> None:
    """Try those of that name. Raises MachineError for the first that does not work: what `user` would need it for."""
    for tried in (_try(f) for f in FEATURES if f.name in set(names)):
        if not tried.works:
            raise MachineError(f"{user} needs {tried.feature.name}, and here: {tried.said}", tried.feature.remedy)
