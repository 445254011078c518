"""Names: who is asked, and what is answered."""

from __future__ import annotations

from ..world import World
from .fault import Fault, shell

__all__ = ["name_denied", "questions_dropped", "wrong_nameserver"]

#: Where the playbooks put a name server's configuration.
_CONFIG, _PIDFILE = "/etc/vethlab-dnsmasq.conf", "/run/dnsmasq.pid"


def wrong_nameserver(world: World, place: str, address: str = "10.96.0.99") -> Fault:
    """The resolver asks it alone (resolv.conf(5)); by default an address in the services' range that none has."""
    wrong = shell(place, f"echo nameserver {address} > /etc/resolv.conf")
    return Fault(
        "wrong-nameserver",
        f"{place} asks {address}, which nobody has",
        (wrong,),
        there=(shell(place, f"grep -qx 'nameserver {address}' /etc/resolv.conf"),),
    )


def name_denied(world: World, node: str, name: str) -> Fault:
    """The name server of `node` says NXDOMAIN for one name, as a stray template of CoreDNS does."""
    restart = shell(
        node,
        f"echo 'address=/{name}/' >> {_CONFIG}",
        f"pid=$(cat {_PIDFILE})",
        "kill $pid",
        "while kill -0 $pid 2>/dev/null; do :; done",
        f"dnsmasq --conf-file={_CONFIG} --pid-file={_PIDFILE} --user=root --group=",
    )
    return Fault(
        "name-denied",
        f"the name server of {node} denies {name}",
        (restart,),
        there=(shell(node, f"grep -qx 'address=/{name}/' {_CONFIG}"),),
    )


def questions_dropped(world: World, node: str) -> Fault:
    """Over UDP, on their way into `node`: whoever asks it waits until time is up. TCP gets through."""
    rule = "INPUT -p udp --dport 53 -j DROP"
    return Fault(
        "questions-dropped",
        f"{node} drops DNS questions",
        (shell(node, f"iptables -I {rule}"),),
        there=(shell(node, f"iptables -C {rule}"),),
    )
