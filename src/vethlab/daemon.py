"""The lab daemon: HTTP with JSON over the lab's Unix socket, inside its capsule.

    GET  /lab                                                   what `inspect` shows
    POST /check     {}                                          every row of the matrix, judged
    POST /cni       {"node", "verb", "pod", "network", …}       ask the CNI plugins of a node
    POST /probe     {"source", "target", "question"}            one question, not judged
    POST /trace     {"row", "observed"}                         send its packet again and see how far it comes
    POST /docker    {"node": NAME, "argv": [WORD]}               a docker command on an emulated host
    POST /converge  {"check": bool, "diff": bool, "without"}    run the playbooks again; without these nodes
    POST /reset     {}                                          destroy every machine, and make all anew
    POST /journeys  {"journeys": [...]}                         what comes of users' journeys
    POST /script    {"place", "lines", "environment"}           lines for sh(1) in a place
    POST /recreate  {"name"}                                    a container or pod is made anew, a node restarted

An error is status 400 or 500 with `vethlab.errors.to_json` of it. One request at a time: a lab has one state. Try it:
`curl --unix-socket /proc/PID/root/run/vethlab/control.sock http://lab/lab`, PID from `vethlab ls --json`.
"""

from __future__ import annotations

import json
import os
import select
import socketserver
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from . import emulated, errors, state
from .capsule import Send, blame
from .docker_sockets import DockerSockets
from .errors import InputError
from .lab import PHASES, Lab
from .model import Topology
from .service import Service
from .world import World

__all__ = ["run"]

_READ_SECONDS = 10.0
_MAX_BODY = 64 << 20


def run(
    name: str,
    topology: Topology,
    world: World,
    send: Send,
    keep: bool = False,
    until: str = PHASES[-1],
    playbooks: Path | None = None,
    key: str = "",
) -> int:
    """The capsule's daemon: bring the lab up, then serve until killed.

    Sends `{"phase", "seconds", "step"}` for each up to `until`, then `{"up": true}`. With `keep` a lab that failed to
    come up stays, to be looked at. `playbooks` are the shipped ones if None; `key` is what servers prove themselves by.
    """

    def listen(phase: str, seconds: float | None, step: str) -> None:
        send({"phase": phase, "seconds": seconds, "step": step})

    lab = Lab(name, topology, world, listen, playbooks=playbooks, key=key)
    try:
        lab.up(until)
    except Exception as error:
        if not keep:
            raise
        reason = blame(error)
        lab.give_up(str(reason))
        server = _Server(Service(lab))
        send(errors.to_json(reason))
        server.serve_forever()
    service = Service(lab)
    server, dockers = _Server(service), DockerSockets(lab, service.docker)
    dockers.keep_up()
    send({"up": True, "phases": lab.phases})
    lab.listen = _nobody_listens
    _serve(server, dockers)
    return 0


def _serve(server: _Server, dockers: DockerSockets) -> None:
    """One request at a time, from outside or from a host, until killed.

    In between, containers that have ended, or are due again, are seen to.
    """
    server.timeout = 0
    lab = server.service.lab
    while True:
        waiting = {listener.fileno(): listener for listener in dockers.listeners}
        ready, _, _ = select.select([server.fileno(), *waiting, *lab.lives.descriptors], [], [], lab.lives.patience)
        emulated.bury(lab)
        emulated.revive(lab)
        for number in ready:
            if number == server.fileno():
                server.handle_request()
            elif number in waiting:
                dockers.serve(waiting[number])
        dockers.keep_up()


def _nobody_listens(phase: str, seconds: float | None, step: str) -> None:
    """Once it is up, whoever made the lab has gone."""


class _Server(socketserver.UnixStreamServer):
    def __init__(self, service: Service) -> None:
        self.service = service
        before = os.umask(0o177)
        try:
            super().__init__(str(state.SOCKET), _Handler)
        finally:
            os.umask(before)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours; anything else goes to the log."""
        super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _READ_SECONDS

    def do_GET(self) -> None:
        self._answer({"/lab": self.server.service.inspect}, {})

    def do_POST(self) -> None:
        service = self.server.service
        actions: dict[str, Callable[..., dict[str, Any]]] = {
            "/check": service.check,
            "/cni": service.cni,
            "/probe": service.probe,
            "/trace": service.trace,
            "/converge": service.converge,
            "/docker": service.docker,
            "/reset": service.reset,
            "/journeys": service.journeys,
            "/script": service.script,
            "/recreate": service.recreate,
        }
        try:
            asked = json.loads(self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MAX_BODY)) or b"{}")
            if not isinstance(asked, dict):
                raise ValueError
        except ValueError:
            return self._send(400, errors.to_json(InputError.of("the body must be one JSON object")))
        self._answer(actions, asked)

    def _answer(self, actions: dict[str, Callable[..., dict[str, Any]]], asked: dict[str, Any]) -> None:
        action = actions.get(self.path)
        if action is None:
            return self._send(404, errors.to_json(InputError.of(f"no such resource: {self.path}")))
        try:
            self._send(200, action(**asked))
        except (InputError, TypeError, KeyError) as error:
            self._send(400, errors.to_json(error if isinstance(error, InputError) else InputError.of(str(error))))
        except Exception as error:
            self._send(500, errors.to_json(blame(error)))

    def _send(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "unix"
