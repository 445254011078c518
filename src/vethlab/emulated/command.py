"""One docker command on one host: checked, done, and what it prints."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any

from ..lab import Lab
from . import container_verbs, creation, life_verbs, network_verbs
from .documents import container_document
from .engine import Answer, Engine
from .go_template import Template
from .grammar import Help, parse
from .refusal import Refusal

__all__ = ["docker"]

_RUN = (["run"], ["container", "run"])


def docker(lab: Lab, node: str, argv: Sequence[str]) -> Answer:
    """Run a docker command on a host of a lab with the emulated engine. Raises LabError when the kernel refuses."""
    try:
        asked = parse(argv)
        return _VERBS[asked.verb](Engine(lab, node), asked)
    except Help as asked_for:
        return Answer(str(asked_for))
    except Refusal as refusal:
        command = next((words for words in _RUN if list(argv[: len(words)]) == words), None)
        if not command or refusal.status == 125:
            return Answer(refusal.output, f"{refusal.words}\n", refusal.status)
        status = refusal.status if refusal.status > 125 else 125
        told = f"docker: {refusal.words}\n\nRun 'docker {' '.join(command)} --help' for more information\n"
        return Answer(refusal.output, told, status)


def _network_inspect(engine: Engine, asked: Namespace) -> Answer:
    return _inspected(asked, engine.network)


def _inspect(engine: Engine, asked: Namespace) -> Answer:
    def find(name: str) -> dict[str, Any]:
        try:
            found = engine.known(name)
        except Refusal:
            try:
                return engine.network(name)
            except Refusal:
                raise Refusal(f"Error: No such object: {name}") from None
        return container_document(engine.world, found, engine.standing(found))

    return _inspected(asked, find)


def _inspected(asked: Namespace, find: Callable[[str], dict[str, Any]]) -> Answer:
    template = Template(asked.format) if asked.format not in ("", "json") else None
    found: list[dict[str, Any]] = []
    words = ""
    for name in asked.names:
        try:
            found.append(find(name))
        except Refusal as refusal:
            words += refusal.words + "\n"
    if template:
        text = "".join(template.render(document) + "\n" for document in found) or "\n"
    elif asked.format:
        text = "".join(json.dumps(document, separators=(",", ":")) + "\n" for document in found) or "\n"
    else:
        text = json.dumps(found, indent=4) + "\n"
    return Answer(text, words, 1 if words else 0)


_VERBS: dict[str, Callable[[Engine, Namespace], Answer]] = {
    "network create": network_verbs.create,
    "network ls": network_verbs.ls,
    "network inspect": _network_inspect,
    "network connect": network_verbs.connect,
    "network disconnect": network_verbs.disconnect,
    "network rm": network_verbs.rm,
    "network prune": network_verbs.prune,
    "create": creation.create,
    "run": creation.run,
    "start": life_verbs.start,
    "stop": life_verbs.stop,
    "restart": life_verbs.restart,
    "kill": life_verbs.kill,
    "rm": life_verbs.rm,
    "container prune": life_verbs.prune,
    "ended": life_verbs.ended,
    "ps": container_verbs.ps,
    "inspect": _inspect,
    "exec": container_verbs.exec_,
    "top": container_verbs.top,
    "port": container_verbs.port,
    "logs": container_verbs.logs,
    "images": container_verbs.images,
    "version": container_verbs.version,
}
