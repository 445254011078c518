"""The part of docker's command line that is understood, with Docker's own complaints about the rest."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from .refusal import Refusal

__all__ = ["VERBS", "parse"]

VERBS = ("network", "run", "rm", "ps", "inspect", "exec", "port", "logs", "images", "version")
_NETWORK = ("create", "ls", "inspect", "connect", "disconnect", "rm")


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
    if argv[0] not in VERBS:
        raise Refusal(f"docker: unknown command: docker {argv[0]} (the emulated engine knows {', '.join(VERBS)})")
    verb, rest = argv[0], list(argv[1:])
    if verb == "network":
        if not rest or rest[0] not in _NETWORK:
            raise Refusal(
                f"docker: unknown command: docker network {' '.join(rest[:1])} (known are {', '.join(_NETWORK)})"
            )
        verb, rest = f"network {rest[0]}", rest[1:]
    grammar = _Grammar(prog=f"docker {verb}", add_help=False, allow_abbrev=False)
    _ARGUMENTS[verb](grammar)
    return grammar.parse_args(rest, argparse.Namespace(verb=verb))


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
    g.add_argument("-q", "--quiet", action="store_true")
    g.add_argument("--no-trunc", action="store_true")


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


def _run(g: argparse.ArgumentParser) -> None:
    g.add_argument("-d", "--detach", action="store_true")
    g.add_argument("--rm", action="store_true")
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
    g.add_argument("-q", "--quiet", action="store_true")
    g.add_argument("-a", "--all", action="store_true")
    g.add_argument("--no-trunc", action="store_true")


def _exec(g: argparse.ArgumentParser) -> None:
    for short in ("-i", "-t", "-it"):
        g.add_argument(short, action="store_true", dest="terminal")
    g.add_argument("container")
    g.add_argument("command", nargs=argparse.REMAINDER)


def _port(g: argparse.ArgumentParser) -> None:
    g.add_argument("container")
    g.add_argument("port", nargs="?", default="")


def _logs(g: argparse.ArgumentParser) -> None:
    g.add_argument("-n", "--tail", default="all")
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
    "run": _run,
    "rm": _names,
    "ps": _ps,
    "inspect": _inspect,
    "exec": _exec,
    "port": _port,
    "logs": _logs,
    "images": _nothing,
    "version": _nothing,
}
