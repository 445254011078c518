"""What changes while a host runs: networks and containers that come and go, and the mistakes people make.

Each leaves the host as it found it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from behaviour import Behaviour as B
from behaviour import asked, broken, docker, inside, says

from vethlab.running import RunningLab

__all__ = ["CHANGES", "HOST", "MISTAKES", "done", "network", "running"]

HOST = "192.168.1.101"


def probe(lab: RunningLab, source: str, target: str, **question: object) -> str:
    return asked(source, target, **question)(lab)


def done(lab: RunningLab, *words: str) -> str:
    finished = docker(lab, *words)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


@contextmanager
def network(lab: RunningLab, name: str, *options: str) -> Iterator[None]:
    done(lab, "network", "create", *options, name)
    try:
        yield
    finally:
        done(lab, "network", "rm", name)


@contextmanager
def connected(lab: RunningLab, network: str, container: str, *options: str) -> Iterator[None]:
    done(lab, "network", "connect", *options, network, container)
    try:
        yield
    finally:
        done(lab, "network", "disconnect", network, container)


@contextmanager
def running(lab: RunningLab, name: str, *words: str) -> Iterator[str]:
    """A container of the image echo; its id."""
    identity = done(lab, "run", "-d", "--name", name, *words, "echo")
    try:
        yield identity
    finally:
        done(lab, "rm", "-f", name)


def address(lab: RunningLab, name: str, network: str) -> str:
    return says("inspect", "-f", "{{.NetworkSettings.Networks." + network + ".IPAddress}}", name)(lab)


def joins(
    question: Callable[[RunningLab], str], *options: str, network: str = "back", who: str = "peer"
) -> Callable[[RunningLab], str]:
    """The answer while a container is connected."""

    def ask(lab: RunningLab) -> str:
        with connected(lab, network, who, *options):
            return question(lab)

    return ask


def left(question: Callable[[RunningLab], str]) -> Callable[[RunningLab], str]:
    """The answer after peer was on back, and is there no more."""

    def ask(lab: RunningLab) -> str:
        with connected(lab, "back", "peer"):
            pass
        return question(lab)

    return ask


def created(lab: RunningLab) -> str:
    """A server that is told no name calls itself by its host name, and that is the container's short id."""
    with network(lab, "new", "--subnet", "172.30.0.0/16"), running(lab, "first", "--network", "new") as identity:
        return probe(lab, "node1", address(lab, "first", "new"), tcp=7).replace(identity[:12], "ID")


def created_pool(lab: RunningLab) -> str:
    with network(lab, "new"):
        return says("network", "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}}{{end}}", "new")(lab)


def created_internal(lab: RunningLab) -> str:
    with network(lab, "new", "--internal"):
        return says("network", "inspect", "-f", "{{.Internal}}", "new")(lab)


def run_address(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "--ip", "172.20.9.9", "--hostname", "third"):
        return probe(lab, "peer", "172.20.9.9", tcp=7)


def run_alias(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "--network-alias", "db", "--ip", "172.20.9.9"):
        return probe(lab, "peer", "resolver", dns="db")


def run_name(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "--ip", "172.20.9.9"):
        return probe(lab, "peer", "resolver", dns="third")


def run_gone_name(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front"):
        pass
    return probe(lab, "peer", "resolver", dns="third")


def run_published(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "-p", "8600:80", "--hostname", "third"):
        return probe(lab, "web", HOST, http=8600)


def run_published_gone(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "-p", "8600:80"):
        pass
    return probe(lab, "web", HOST, http=8600)


def run_short_id(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "--ip", "172.20.9.9") as identity:
        return probe(lab, "peer", "resolver", dns=identity[:12])


def run_host_name(lab: RunningLab) -> str:
    return done(lab, "run", "--rm", "--name", "third", "--hostname", "thirdly", "busybox", "hostname")


def moved_gateway(lab: RunningLab) -> str:
    """Of two networks that lead out the one whose name sorts first has the default route: bound goes before front."""
    with connected(lab, "bound", "peer"):
        return probe(lab, "peer", "172.28.0.1", icmp=True) + ", " + route(lab, "peer").partition(" dev ")[0]


def moved_back(lab: RunningLab) -> str:
    with connected(lab, "bound", "peer"):
        pass
    return route(lab, "peer")


def moved_port(lab: RunningLab) -> str:
    """… and the published ports move with it, to where that network publishes: on 127.0.0.1."""
    words = ("--network", "front", "-p", "8600:80", "--hostname", "third")
    with running(lab, "third", *words), connected(lab, "bound", "third"):
        bound = says("port", "third")(lab)
        return f"{bound}, {probe(lab, 'node1', '127.0.0.1', http=8600)}, {probe(lab, 'web', HOST, http=8600)}"


def moved_port_back(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "-p", "8600:80", "--hostname", "third"):
        with connected(lab, "bound", "third"):
            pass
        return probe(lab, "web", HOST, http=8600)


def interface_again(lab: RunningLab) -> str:
    """What the interface is called that a container gets when it is connected for the second time."""
    with running(lab, "third", "--network", "front"):
        with connected(lab, "back", "third"):
            pass
        with connected(lab, "back", "third"):
            return inside("third", "ip", "-br", "-4", "address", "show", "to", "172.21.0.0/16")(lab).partition("@")[0]


def route(lab: RunningLab, container: str) -> str:
    space = says("inspect", "-f", "{{.NetworkSettings.SandboxKey}}", container)(lab)
    return lab.run("node1", "nsenter", f"--net={space}", "ip", "-4", "route", "show", "default").stdout.strip()


CHANGES = (
    B("create-run", "docker network create, docker run: the container is there", created, "reached ID saw 172.30.0.1"),
    B("create-pool", "Without a subnet, the next of Docker's pools", created_pool, "172.18.0.0/16"),
    B("create-internal", "docker network create --internal", created_internal, "true"),
    B("run-address", "docker run --ip", run_address, "reached third saw 172.20.0.3"),
    B("run-alias", "docker run --network-alias", run_alias, "answered NOERROR 172.20.9.9"),
    B("run-name", "Its name is known at once", run_name, "answered NOERROR 172.20.9.9"),
    B("run-name-gone", "… and gone with it", run_gone_name, "answered REFUSED"),
    B("run-short-id", "Its short id is a name too", run_short_id, "answered NOERROR 172.20.9.9"),
    B("run-published", "docker run --publish", run_published, "http 200 third saw 203.0.113.80"),
    B("run-published-gone", "… gone with it", run_published_gone, "refused"),
    B("run-rm", "docker run --rm in the foreground", run_host_name, "thirdly"),
    B("connect-reach", "docker network connect: the network is reached", joins(lambda lab: probe(lab, "peer", "172.21.0.3", tcp=7)), "reached vault saw 172.21.0.5"),
    B("connect-name", "… its names known", joins(lambda lab: probe(lab, "peer", "resolver", dns="vault")), "answered NOERROR 172.21.0.3"),
    B("connect-known", "… and the newcomer's name to it", joins(lambda lab: probe(lab, "vault", "resolver", dns="peer")), "answered NOERROR 172.21.0.5"),
    B("connect-alias", "… with an alias", joins(lambda lab: probe(lab, "vault", "resolver", dns="late"), "--alias", "late"), "answered NOERROR 172.21.0.5"),
    B("connect-address", "… with an address", joins(lambda lab: address(lab, "peer", "back"), "--ip", "172.21.7.7"), "172.21.7.7"),
    B("connect-internal-route", "An internal network does not take the default route", joins(lambda lab: route(lab, "peer")), "default via 172.20.0.1 dev eth0"),
    B("connect-internal-forward", "A container of an internal network is given a way out", joins(lambda lab: probe(lab, "safe", "resolver", dns="www.example.com"), network="front", who="safe"), "answered NOERROR 203.0.113.80"),
    B("connect-internal-outside", "… and is masqueraded", joins(lambda lab: probe(lab, "safe", "203.0.113.80", tcp=7), network="front", who="safe"), "reached web saw 192.168.1.101"),
    B("disconnect-reach", "docker network disconnect: the network is gone", left(lambda lab: probe(lab, "peer", "172.21.0.3", tcp=7)), "timeout"),
    B("disconnect-name", "… its names unknown", left(lambda lab: probe(lab, "peer", "resolver", dns="vault")), "answered REFUSED"),
    B("disconnect-hosts", "… /etc/hosts has lost the entry", left(lambda lab: str("172.21." in lab.run("peer", "cat", "/etc/hosts").stdout)), "False", "hosts-cleared", "True"),
    B("gateway-moves", "The default route goes to the network that sorts first", moved_gateway, "reached, default via 172.28.0.1"),
    B("gateway-moves-back", "… and back", moved_back, "default via 172.20.0.1 dev eth0"),
    B("ports-move", "… published ports with it, to where that network publishes", moved_port, "80/tcp -> 127.0.0.1:8600, http 200 third saw 172.28.0.1, refused"),
    B("ports-move-back", "… and back", moved_port_back, "http 200 third saw 203.0.113.80"),
    B("interface-again", "Connected once more it has the lowest number", interface_again, "eth1", "interface-names", "eth2"),
)  # fmt: skip


def loopback_service(lab: RunningLab) -> str:
    """A server that listens on 127.0.0.1 of its container: published, and refused all the same."""
    words = ["run", "-d", "--name", "third", "--network", "front", "-p", "8600:8600", "busybox"]
    done(lab, *words, "busybox", "nc", "-lk", "-s", "127.0.0.1", "-p", "8600", "-e", "cat")
    try:
        return probe(lab, "web", HOST, tcp=8600)
    finally:
        done(lab, "rm", "-f", "third")


def wrong_port(lab: RunningLab) -> str:
    with running(lab, "third", "--network", "front", "-p", "8600:8080"):
        return probe(lab, "web", HOST, http=8600)


def corporate(lab: RunningLab) -> str:
    """A bridge over the outside's prefix: its addresses are on the host now."""
    with network(lab, "corporate", "--subnet", "203.0.113.0/24"):
        return probe(lab, "node1", "203.0.113.80", tcp=7)


def large_and_small(lab: RunningLab) -> str:
    """Pings that must not be fragmented, by one who has not heard of any limit yet."""
    inside("h1", "ip", "route", "flush", "cache")(lab)
    return f"1501 bytes {pinged(lab, 1501)}, 1500 bytes {pinged(lab, 1500)}"


def pinged(lab: RunningLab, size: int) -> str:
    argv = ("ping", "-c1", "-W2", "-n", "-M", "do", "-s", str(size - 28), "203.0.113.80")
    said = inside("h1", *argv)(lab)
    return "refused by the host" if "+1 errors" in said else "lost" if "100% packet loss" in said else "answered"


def without_word(question: Callable[[RunningLab], str]) -> Callable[[RunningLab], str]:
    """The answer while the host tells nobody which size its link takes: a firewall against all of ICMP."""
    rule = "OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP"
    return broken(f"iptables -I {rule}", f"iptables -D {rule}", question)


DOCKER_USER = "iptables -I DOCKER-USER -i eth0 -p tcp --dport 80 -j DROP"

MISTAKES = (
    B("mistake-loopback", "The service listens on 127.0.0.1 in its container: refused", loopback_service, "refused"),
    B("mistake-port", "The wrong container port is published: refused", wrong_port, "refused"),
    B("mistake-corporate", "A subnet over a corporate network: it is unreachable from the host", corporate, "unreachable host"),
    B("mistake-mtu", "An MTU above the underlay's: what is larger gets no further than the host, which says so", asked("h1", "203.0.113.80", mtu=True), "path_mtu 1500"),
    B("mistake-mtu-bridge", "… on the bridge itself it passes", asked("h1", "172.31.0.3", mtu=True), "path_mtu 9000"),
    B("mistake-mtu-told", "… ping is told", large_and_small, "1501 bytes refused by the host, 1500 bytes answered"),
    B("mistake-mtu-silent", "… and where ICMP is dropped nobody is: large packets vanish, and small ones do not", without_word(large_and_small), "1501 bytes lost, 1500 bytes answered"),
    B("mistake-flush", "iptables -F: nothing is let through", broken("iptables-save -t filter > /tmp/saved; iptables -F", "iptables-restore -T filter < /tmp/saved", lambda lab: probe(lab, "web", HOST, http=8080)), "timeout"),
    B("mistake-flush-bridge", "… not even on a bridge", broken("iptables-save -t filter > /tmp/saved; iptables -F", "iptables-restore -T filter < /tmp/saved", lambda lab: probe(lab, "peer", "172.20.0.2", tcp=7)), "timeout"),
    B("mistake-flush-nat", "iptables -t nat -F: who asks the host's port gets no answer, for the engine holds it", broken("iptables-save -t nat > /tmp/saved; iptables -t nat -F", "iptables-restore -T nat < /tmp/saved", lambda lab: probe(lab, "web", HOST, http=8500)), "timeout"),
    B("mistake-drop", "A DROP at the end of FORWARD breaks nothing", broken("iptables -A FORWARD -j DROP", "iptables -D FORWARD -j DROP", lambda lab: probe(lab, "web", HOST, http=8080)), "http 200 site saw 203.0.113.80"),
    B("mistake-drop-first", "… in front of Docker's it breaks everything", broken("iptables -I FORWARD -j DROP", "iptables -D FORWARD -j DROP", lambda lab: probe(lab, "peer", "203.0.113.80", tcp=7)), "timeout"),
    B("mistake-forwarding", "Forwarding switched off: nothing gets out", broken("sysctl -qw net.ipv4.ip_forward=0", "sysctl -qw net.ipv4.ip_forward=1", lambda lab: probe(lab, "peer", "203.0.113.80", tcp=7)), "timeout"),
    B("mistake-forwarding-bridge", "… the bridge does not mind", broken("sysctl -qw net.ipv4.ip_forward=0", "sysctl -qw net.ipv4.ip_forward=1", lambda lab: probe(lab, "peer", "172.20.0.2", tcp=7)), "reached site saw 172.20.0.3"),
    B("mistake-policy", "FORWARD's policy ACCEPT opens no container", broken("iptables -P FORWARD ACCEPT", "iptables -P FORWARD DROP", lambda lab: probe(lab, "peer", "172.28.0.2", tcp=7)), "timeout"),
    B("mistake-input", "INPUT's policy DROP does not keep anyone from published ports", broken("iptables -A INPUT -i eth0 -p tcp --dport 8080 -j DROP", "iptables -D INPUT -i eth0 -p tcp --dport 8080 -j DROP", lambda lab: probe(lab, "web", HOST, http=8080)), "http 200 site saw 203.0.113.80"),
    B("docker-user", "DOCKER-USER does: by the container's port", broken(DOCKER_USER, DOCKER_USER.replace("-I", "-D"), lambda lab: probe(lab, "web", HOST, http=8080)), "timeout"),
    B("docker-user-others", "… and only where it says so", broken(DOCKER_USER, DOCKER_USER.replace("-I", "-D"), lambda lab: probe(lab, "peer", HOST, http=8080)), "http 200 site saw 172.20.0.3"),
    B("docker-user-stays", "… whatever docker does", broken(DOCKER_USER, DOCKER_USER.replace("-I", "-D"), lambda lab: created(lab) and probe(lab, "web", HOST, http=8080)), "timeout"),
)  # fmt: skip
