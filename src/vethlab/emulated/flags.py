"""What each docker command understands: its options and operands, with a line of help for each."""

from __future__ import annotations

from argparse import REMAINDER, ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

__all__ = ["ENDED", "VERBS", "Verb"]

#: What the caller of a foreground command says when that has ended.
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Verb:
    """`operands` as a usage line has them; `says` what it does; `add` enters what it understands into a grammar."""

    operands: str
    says: str
    add: Callable[[ArgumentParser], None]


def _switch(g: ArgumentParser, *names: str, says: str) -> None:
    g.add_argument(*names, action="store_true", help=says)


def _many(g: ArgumentParser, *names: str, says: str) -> None:
    g.add_argument(*names, action="append", default=[], help=says)


def _text(g: ArgumentParser, *names: str, says: str, default: str | None = "") -> None:
    g.add_argument(*names, default=default, help=says)


def _network_create(g: ArgumentParser) -> None:
    _text(g, "-d", "--driver", default="bridge", says="bridge, macvlan or ipvlan")
    _many(g, "--subnet", says="a subnet, in CIDR notation; without one the next of the default pools")
    _many(g, "--gateway", says="the address of the gateway in a subnet")
    _many(g, "--ip-range", says="the part of a subnet that addresses are taken from")
    _switch(g, "--internal", says="no way out of it")
    _switch(g, "--ipv6", says="with IPv6")
    _switch(g, "--attachable", says="containers may join by hand (overlays)")
    _many(g, "-o", "--opt", says="an option of the driver: com.docker.network.bridge.enable_icc=false, parent=eth0")
    g.add_argument("name")


def _listing(g: ArgumentParser) -> None:
    _switch(g, "-q", "--quiet", says="ids alone")
    _switch(g, "--no-trunc", says="whole ids")
    _many(g, "-f", "--filter", says="only what matches, such as name=web")
    _text(g, "--format", says="a Go template, json, or a table of one")


def _prune(g: ArgumentParser) -> None:
    _switch(g, "-f", "--force", says="without being asked")


def _inspect(g: ArgumentParser) -> None:
    _text(g, "-f", "--format", says="a Go template, or json")
    g.add_argument("names", nargs="+")


def _network_connect(g: ArgumentParser) -> None:
    _many(g, "--alias", says="one more name for it on the network")
    _address(g)
    g.add_argument("--gw-priority", type=int, default=0, help="the network of the highest has the default route")
    g.add_argument("network")
    g.add_argument("container")


def _address(g: ArgumentParser) -> None:
    _text(g, "--ip", says="its IPv4 address there")
    _text(g, "--ip6", says="its IPv6 address there")


def _network_disconnect(g: ArgumentParser) -> None:
    _switch(g, "-f", "--force", says="whatever state it is in")
    g.add_argument("network")
    g.add_argument("container")


def _names(g: ArgumentParser, force: str = "") -> None:
    if force:
        _switch(g, "-f", "--force", says=force)
    g.add_argument("names", nargs="+")


def _patient(g: ArgumentParser) -> None:
    g.add_argument("-t", "--time", "--timeout", type=float, default=10.0, help="seconds from SIGTERM to SIGKILL (10)")
    g.add_argument("names", nargs="+")


def _kill(g: ArgumentParser) -> None:
    _text(g, "-s", "--signal", default="KILL", says="another signal, by name or number (KILL)")
    g.add_argument("names", nargs="+")


def _ended(g: ArgumentParser) -> None:
    g.add_argument("container")
    g.add_argument("status", type=int)


def _run(g: ArgumentParser) -> None:
    _switch(g, "-d", "--detach", says="in the background; the id is printed")
    _create(g)


def _create(g: ArgumentParser) -> None:
    _text(g, "--name", says="its name; without one it gets one")
    _many(g, "--network", "--net", says="a network, or host, none, container:NAME; several may be given")
    _many(g, "--network-alias", "--net-alias", says="one more name for it on the first network")
    _address(g)
    _many(g, "-p", "--publish", says="a port of the host's for one of its own: [ADDRESS:][PORT:]PORT[/udp]")
    _switch(g, "-P", "--publish-all", says="every port of the image, at ports that the host picks")
    _many(g, "--dns", says="a name server")
    _many(g, "--dns-search", says="a search domain")
    _many(g, "--add-host", says="a line of its /etc/hosts: NAME:ADDRESS")
    _text(g, "-h", "--hostname", default=None, says="its host name; without one its id")
    _many(g, "-e", "--env", says="a variable of its environment: NAME=VALUE")
    _switch(g, "--rm", says="it is removed when it ends")
    _text(g, "--restart", default="no", says="no, on-failure[:TIMES], unless-stopped or always")
    _terminal(g)
    g.add_argument("image")
    g.add_argument("command", nargs=REMAINDER)


def _terminal(g: ArgumentParser) -> None:
    for short in ("-i", "-t", "-it"):
        g.add_argument(short, action="store_true", dest="terminal", help="with the terminal, as it always is")


def _ps(g: ArgumentParser) -> None:
    _listing(g)
    _switch(g, "-a", "--all", says="those that do not run as well")
    g.add_argument("-n", "--last", type=int, default=-1, help="only the last N created")
    g.add_argument("-l", "--latest", action="store_const", const=1, dest="last", help="only the last one created")


def _exec(g: ArgumentParser) -> None:
    _terminal(g)
    _many(g, "-e", "--env", says="a variable of its environment: NAME=VALUE")
    _text(g, "-w", "--workdir", says="the directory it runs in")
    g.add_argument("container")
    g.add_argument("command", nargs=REMAINDER)


def _top(g: ArgumentParser) -> None:
    g.add_argument("container")
    g.add_argument("options", nargs=REMAINDER)


def _port(g: ArgumentParser) -> None:
    g.add_argument("container")
    g.add_argument("port", nargs="?", default="")


def _logs(g: ArgumentParser) -> None:
    lines: Callable[[str], str] = lambda text: text if text == "all" else str(int(text))  # noqa: E731
    g.add_argument("-n", "--tail", default="all", type=lines, help="only the last N lines")
    _switch(g, "-f", "--follow", says="and whatever comes")
    g.add_argument("container")


def _nothing(g: ArgumentParser) -> None:
    _switch(g, "-q", "--quiet", says="ids alone")


_CONTAINERS = "CONTAINER [CONTAINER...]"
VERBS = {
    "network create": Verb("NETWORK", "make a network", _network_create),
    "network ls": Verb("", "list the networks of this host", _listing),
    "network inspect": Verb("NETWORK [NETWORK...]", "show all that is known of networks", _inspect),
    "network connect": Verb("NETWORK CONTAINER", "put a container on one more network", _network_connect),
    "network disconnect": Verb("NETWORK CONTAINER", "take a container off a network", _network_disconnect),
    "network rm": Verb(
        "NETWORK [NETWORK...]", "remove networks", partial(_names, force="no error for what is not there")
    ),
    "network prune": Verb("", "remove the networks that nobody is on", _prune),
    "create": Verb("IMAGE [COMMAND] [ARG...]", "make a container, and do not start it", _create),
    "run": Verb("IMAGE [COMMAND] [ARG...]", "make a container and start it", _run),
    "start": Verb(_CONTAINERS, "start containers that do not run", _names),
    "stop": Verb(_CONTAINERS, "end containers, and give them time for it", _patient),
    "restart": Verb(_CONTAINERS, "stop containers and start them", _patient),
    "kill": Verb(_CONTAINERS, "send a signal to the first programs of containers", _kill),
    "rm": Verb(_CONTAINERS, "remove containers that do not run", partial(_names, force="those that run as well")),
    "container prune": Verb("", "remove every container that does not run", _prune),
    ENDED: Verb("CONTAINER STATUS", "", _ended),
    "ps": Verb("", "list the containers that run", _ps),
    "inspect": Verb("NAME [NAME...]", "show all that is known of containers or networks", _inspect),
    "exec": Verb("CONTAINER COMMAND [ARG...]", "run a command in a container", _exec),
    "top": Verb("CONTAINER [OPTION...]", "list the processes of a container", _top),
    "port": Verb("CONTAINER [PORT[/PROTOCOL]]", "tell where a container's ports are published", _port),
    "logs": Verb("CONTAINER", "print what a container has printed", _logs),
    "images": Verb("", "list the images", _nothing),
    "version": Verb("", "tell which Docker this behaves as", _nothing),
}
