"""docker's command line as far as it is understood, with Docker's own complaints about the rest."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from .flags import ENDED, VERBS
from .refusal import Refusal

__all__ = ["Help", "parse"]

_KINDS = ("network", "container", "image")
_TOLD = [verb for verb in VERBS if verb != ENDED]
_NETWORK = [verb.split()[1] for verb in _TOLD if verb.startswith("network ")]
_FIRST = [*dict.fromkeys(verb.split()[0] for verb in _TOLD if verb != "container prune"), "container", "image"]
#: The same by the kind of thing, where the verb is called otherwise then.
_BY_KIND = {
    ("container", "ls"): "ps",
    ("container", "list"): "ps",
    ("container", "prune"): "container prune",
    ("image", "ls"): "images",
    ("network", "list"): "network ls",
    ("network", "remove"): "network rm",
}


class Help(Exception):
    """Somebody asked what is understood: the text."""


class _Grammar(argparse.ArgumentParser):
    """argparse's complaints in Docker's words, its exit statuses included."""

    def error(self, message: str) -> NoReturn:
        raise Refusal(_docker_words(self.prog, message), 125 if self.prog == "docker run" else 1)


class _Asked(argparse.Action):
    """--help, where an option may stand: behind an image it is the program's."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        raise Help("\n".join(_of_verb(parser)) + "\n")


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
    """The command, with `verb` as one word such as `network create`. Raises Refusal, Help."""
    if not argv or argv[0] in ("--help", "-h", "help"):
        raise Help("\n".join(_of_all(_TOLD)) + "\n")
    if argv[0] in _KINDS and (len(argv) == 1 or argv[1] == "--help"):
        raise Help("\n".join(_of_all(_of_kind(argv[0]))) + "\n")
    verb, rest = _verb(list(argv))
    grammar = _Grammar(prog=f"docker {verb}", add_help=False, allow_abbrev=False)
    grammar.add_argument("--help", action=_Asked, nargs=0, help="this help")
    VERBS[verb].add(grammar)
    return grammar.parse_args(rest, argparse.Namespace(verb=verb))


def _verb(argv: list[str]) -> tuple[str, list[str]]:
    """The verb as one of `VERBS`, and the rest of the words."""
    first, *rest = {"--version": ["version"], "-v": ["version"]}.get(argv[0], argv[:1]) + argv[1:]
    if first not in (*_FIRST, ENDED):
        raise Refusal(f"docker: unknown command: docker {first} (the emulated engine knows {', '.join(_FIRST)})")
    if first not in _KINDS:
        return first, rest
    second = rest[0] if rest else ""
    verb = _BY_KIND.get((first, second)) or (f"network {second}" if first == "network" else second)
    if verb not in VERBS or (first == "image" and verb != "images"):
        known = f" (known are {', '.join(_NETWORK)})" if first == "network" else ""
        raise Refusal(f"docker: unknown command: docker {first} {second}{known}")
    return verb, rest[1:]


def _of_kind(kind: str) -> list[str]:
    """The commands about one kind of thing."""
    if kind == "container":
        return [v for v in _TOLD if not v.startswith(("network", "image", "version"))]
    return [v for v in _TOLD if v.startswith(kind)]


def _of_all(verbs: Iterable[str]) -> Iterator[str]:
    yield "Usage:  docker COMMAND"
    yield ""
    yield "The commands that the emulated engine knows; docker COMMAND --help tells more of one:"
    yield from (f"  {verb:<20} {VERBS[verb].says}" for verb in verbs)


def _of_verb(grammar: argparse.ArgumentParser) -> Iterator[str]:
    verb = VERBS[grammar.prog.removeprefix("docker ")]
    yield f"Usage:  {grammar.prog} [OPTIONS] {verb.operands}".rstrip()
    yield ""
    yield verb.says[0].upper() + verb.says[1:]
    yield ""
    yield "Options:"
    for option in (a for a in grammar._actions if a.option_strings):  # there is no public way to them
        names = ", ".join(option.option_strings) + ("" if option.nargs == 0 else " VALUE")
        yield f"  {names:<36} {option.help}"
