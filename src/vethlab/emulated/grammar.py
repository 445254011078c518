"""The part of docker's command line that is understood, with Docker's own complaints about the rest."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from .refusal import Refusal

__all__ = ["VERBS", "parse"]

VERBS = (
    *(
        "network",
        "create",
        "run",
        "start",
        "stop",
        "restart",
        "kill",
        "rm",
        "ps",
        "inspect",
        "exec",
        "top",
        "port",
        "logs",
    ),
    *("images", "version", "container", "image"),
)
_NETWORK = ("create", "ls", "inspect", "connect", "disconnect", "rm", "prune")
#: The same by the kind of thing, where the verb is called otherwise then.
_BY_KIND = {
    ("container", "ls"): "ps",
    ("container", "list"): "ps",
    ("container", "prune"): "container prune",
    ("image", "ls"): "images",
    ("network", "list"): "network ls",
    ("network", "remove"): "network rm",
}
#: What the caller of a foreground command says when that has ended.
_ENDED = "ended"


class _Grammar(argparse.ArgumentParser):
    """argparse's complaints in Docker's words, its exit statuses included."""

    def error(self, message: str) -> NoReturn:
        raise Refusal(_docker_words(self.prog, message), 125 if self.prog == "docker run" else 1)


def _docker_words(prog: str, message: str) -> str:
    if "unrecognized arguments" in message:
        flag = message.split(": ", 1)[1].split()[0]
        name = flag.lstrip("-").split("=")[0]
        words = (
            f"unknown flag: --{name}" if flag.startswith("--") else f"unknown shorthand flag: {name[:1]!r} in {flag}"
        )
    elif "required" in message:
        words = f"'{prog}' requires at least 1 argument"
    else:
        words = message
    return f"{words}\n\nUsage:  {prog} [OPTIONS]\n\nRun '{prog} --help' for more information"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command, with `verb` as one word such as `network create`. Raises Refusal."""
    if not argv:
        raise Refusal(f"docker: the emulated engine knows {', '.join(VERBS)}", 0)
    verb, rest = _verb(list(argv))
    grammar = _Grammar(prog=f"docker {verb}", add_help=False, allow_abbrev=False)
    _ARGUMENTS[verb](grammar)
    return grammar.parse_args(rest, argparse.Namespace(verb=verb))


def _verb(argv: list[str]) -> tuple[str, list[str]]:
    """The verb as one of `_ARGUMENTS`, and the rest of the words."""
    first, *rest = {"--version": ["version"], "-v": ["version"]}.get(argv[0], argv[:1]) + argv[1:]
    if first not in (*VERBS, _ENDED):
        raise Refusal(f"docker: unknown command: docker {first} (the emulated engine knows {', '.join(VERBS)})")
    if first not in ("network", "container", "image"):
        return first, rest
    second = rest[0] if rest else ""
    verb = _BY_KIND.get((first, second)) or (f"network {second}" if first == "network" else second)
    if verb not in _ARGUMENTS or (first == "image" and verb != "images"):
        known = f" (known are {', '.join(_NETWORK)})" if first == "network" else ""
        raise Refusal(f"docker: unknown command: docker {first} {second}{known}")
    return verb, rest[1:]


def _network_create(g: argparse.ArgumentParser) -> None:
    g.add_argument("-d", "--driver", default="bridge")
    g.add_argument("--subnet", action="append", default=[])
    g.add_argument("--gateway", action="append", default=[])
    g.add_argument("--ip-range", action="append", default=[])
    g.add_argument("--internal", action="store_true")
    g.add_argument("--ipv6", action="store_true")
    g.add_argument("--attachable", action="store_true")
    g.add_argument("-o", "--opt", action="append", default=[])
    g.add_argument("name")


def _network_ls(g: argparse.ArgumentParser) -> None:
    _listing(g)


def _listing(g: argparse.ArgumentParser) -> None:
    g.add_argument("-q", "--quiet", action="store_true")
    g.add_argument("--no-trunc", action="store_true")
    g.add_argument("-f", "--filter", action="append", default=[])
    g.add_argument("--format", default="")


def _prune(g: argparse.ArgumentParser) -> None:
    g.add_argument("-f", "--force", action="store_true")


def _inspect(g: argparse.ArgumentParser) -> None:
    g.add_argument("-f", "--format", default="")
    g.add_argument("names", nargs="+")


def _network_connect(g: argparse.ArgumentParser) -> None:
    g.add_argument("--alias", action="append", default=[])
    g.add_argument("--ip", default="")
    g.add_argument("--ip6", default="")
    g.add_argument("--gw-priority", type=int, default=0)
    g.add_argument("network")
    g.add_argument("container")


def _network_disconnect(g: argparse.ArgumentParser) -> None:
    g.add_argument("-f", "--force", action="store_true")
    g.add_argument("network")
    g.add_argument("container")


def _names(g: argparse.ArgumentParser) -> None:
    g.add_argument("-f", "--force", action="store_true")
    g.add_argument("names", nargs="+")


def _containers(g: argparse.ArgumentParser) -> None:
    g.add_argument("names", nargs="+")


def _patient(g: argparse.ArgumentParser) -> None:
    g.add_argument("-t", "--time", "--timeout", type=float, default=10.0)
    g.add_argument("names", nargs="+")


def _kill(g: argparse.ArgumentParser) -> None:
    g.add_argument("-s", "--signal", default="KILL")
    g.add_argument("names", nargs="+")


def _ended(g: argparse.ArgumentParser) -> None:
    g.add_argument("container")
    g.add_argument("status", type=int)


def _run(g: argparse.ArgumentParser) -> None:
    g.add_argument("-d", "--detach", action="store_true")
    _create(g)


def _create(g: argparse.ArgumentParser) -> None:
    g.add_argument("--rm", action="store_true")
    g.add_argument("-e", "--env", action="append", default=[])
    g.add_argument("-P", "--publish-all", action="store_true")
    g.add_argument("--restart", default="no")
    for short in ("-i", "-t", "-it"):
        g.add_argument(short, action="store_true", dest="terminal")
    g.add_argument("--name", default="")
    g.add_argument("--network", "--net", action="append", default=[])
    g.add_argument("--network-alias", "--net-alias", action="append", default=[])
    g.add_argument("--ip", default="")
    g.add_argument("--ip6", default="")
    g.add_argument("-p", "--publish", action="append", default=[])
    g.add_argument("--dns", action="append", default=[])
    g.add_argument("--dns-search", action="append", default=[])
    g.add_argument("--add-host", action="append", default=[])
    g.add_argument("-h", "--hostname", default=None)
    g.add_argument("image")
    g.add_argument("command", nargs=argparse.REMAINDER)


def _ps(g: argparse.ArgumentParser) -> None:
    _listing(g)
    g.add_argument("-a", "--all", action="store_true")
    g.add_argument("-n", "--last", type=int, default=-1)
    g.add_argument("-l", "--latest", action="store_const", const=1, dest="last")


def _exec(g: argparse.ArgumentParser) -> None:
    for short in ("-i", "-t", "-it"):
        g.add_argument(short, action="store_true", dest="terminal")
    g.add_argument("-e", "--env", action="append", default=[])
    g.add_argument("-w", "--workdir", default="")
    g.add_argument("container")
    g.add_argument("command", nargs=argparse.REMAINDER)


def _top(g: argparse.ArgumentParser) -> None:
    g.add_argument("container")
    g.add_argument("options", nargs=argparse.REMAINDER)


def _port(g: argparse.ArgumentParser) -> None:
    g.add_argument("container")
    g.add_argument("port", nargs="?", default="")


def _logs(g: argparse.ArgumentParser) -> None:
    g.add_argument("-n", "--tail", default="all", type=lambda text: text if text == "all" else str(int(text)))
    g.add_argument("-f", "--follow", action="store_true")
    g.add_argument("container")


def _nothing(g: argparse.ArgumentParser) -> None:
    g.add_argument("-q", "--quiet", action="store_true")


_ARGUMENTS = {
    "network create": _network_create,
    "network ls": _network_ls,
    "network inspect": _inspect,
    "network connect": _network_connect,
    "network disconnect": _network_disconnect,
    "network rm": _names,
    "network prune": _prune,
    "create": _create,
    "run": _run,
    "start": _containers,
    "stop": _patient,
    "restart": _patient,
    "kill": _kill,
    "rm": _names,
    "container prune": _prune,
    _ENDED: _ended,
    "ps": _ps,
    "inspect": _inspect,
    "exec": _exec,
    "top": _top,
    "port": _port,
    "logs": _logs,
    "images": _nothing,
    "version": _nothing,
}
