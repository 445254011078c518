"""The server itself: sockets in every container, one loop, and the rules that lead port 53 to them."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import wire
from .forwarding import Pending, in_namespace, servers
from .records import View, views

__all__ = ["ADDRESS", "Server", "main"]

ADDRESS = "127.0.0.11"
#: Docker's chains in a container's own nat table: to the sockets, and back with port 53 as the source.
_RULES = """\
*nat
:DOCKER_OUTPUT - [0:0]
:DOCKER_POSTROUTING - [0:0]
-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT
-A POSTROUTING -d 127.0.0.11/32 -j DOCKER_POSTROUTING
-A DOCKER_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:{tcp}
-A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:{udp}
-A DOCKER_POSTROUTING -s 127.0.0.11/32 -p tcp -m tcp --sport {tcp} -j SNAT --to-source :53
-A DOCKER_POSTROUTING -s 127.0.0.11/32 -p udp -m udp --sport {udp} -j SNAT --to-source :53
COMMIT
"""


class Server:
    """Serves every view of a configuration, and on SIGHUP those of the configuration as it is then."""

    def __init__(self, configuration: Path, loaded: Callable[[], None]) -> None:
        """`loaded` is told whenever another configuration is served. Raises OSError."""
        self._configuration, self._loaded = configuration, loaded
        self._watched = selectors.DefaultSelector()
        self._pending: set[Pending] = set()
        self._views: dict[str, View] = {}
        self._sockets: dict[str, tuple[socket.socket, socket.socket]] = {}
        self._wake, self._signalled = socket.socketpair()
        self._watch(self._wake, self._reload)
        self.load()

    def load(self) -> None:
        """Open what is new, close what is gone. A container made anew under an old name is new."""
        there = {f"{view.container} {Path(view.namespace).stat().st_ino}": view for view in self._told()}
        for key in self._views.keys() - there.keys():
            for sock in self._sockets.pop(key):
                self._watched.unregister(sock)
                sock.close()
        known, self._views = self._views.keys(), there
        for key in there.keys() - known:
            self._open(key, there[key])

    def _told(self) -> list[View]:
        return views(json.loads(self._configuration.read_text()))

    def _open(self, key: str, view: View) -> None:
        with in_namespace(view.namespace):
            datagrams, listener = _bound(socket.SOCK_DGRAM), _bound(socket.SOCK_STREAM)
            listener.listen(64)
            _redirect(udp=datagrams.getsockname()[1], tcp=listener.getsockname()[1])
        self._sockets[key] = (datagrams, listener)
        self._watch(datagrams, lambda: self._datagram(datagrams, self._views[key]))
        self._watch(listener, lambda: self._accept(listener, key))

    def _watch(self, sock: socket.socket, ready: Callable[[], None], events: int = selectors.EVENT_READ) -> None:
        self._watched.register(sock, events, ready)

    def hang_up(self) -> None:
        """Told by a signal to read the configuration again; done by the loop."""
        self._signalled.send(b"x")

    def _reload(self) -> None:
        self._wake.recv(4096)
        self.load()
        self._loaded()

    def run(self) -> None:
        """Answer for ever."""
        while True:
            wait = min((p.deadline for p in self._pending), default=time.monotonic() + 60.0) - time.monotonic()
            for key, _ in self._watched.select(max(0.0, wait)):
                key.data()
            now = time.monotonic()
            for late in [p for p in self._pending if p.deadline <= now]:
                self._ask_next(late)

    # Questions.

    def _datagram(self, sock: socket.socket, view: View) -> None:
        try:
            data, sender = sock.recvfrom(65535)
        except OSError:
            return
        self._question(data, view, False, lambda answer: _send(sock, answer, sender))

    def _accept(self, listener: socket.socket, key: str) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        received = bytearray()
        self._watch(sock, lambda: self._stream(sock, received, self._views[key]))

    def _stream(self, sock: socket.socket, received: bytearray, view: View) -> None:
        """Several questions may come over one connection (RFC 7766, section 6.2.1)."""
        try:
            data = sock.recv(65535)
        except OSError:
            data = b""
        if not data:
            self._watched.unregister(sock)
            sock.close()
            return
        received += data
        while len(received) >= 2 and len(received) - 2 >= (length := int.from_bytes(received[:2], "big")):
            question = bytes(received[2 : 2 + length])
            del received[: 2 + length]
            self._question(question, view, True, lambda answer: _stream_send(sock, answer))

    def _question(self, data: bytes, view: View, stream: bool, reply: Callable[[bytes], None]) -> None:
        try:
            query = wire.parse(data)
        except wire.Malformed:
            return
        records = view.records(query)
        if records is not None:
            reply(wire.respond(query, wire.NOERROR, records, room=None if stream else query.room))
        elif not view.forwards:
            reply(wire.respond(query, wire.SERVFAIL))
        else:
            self._ask_next(Pending(query, view, stream, reply, servers(view)))

    # Others' answers.

    def _ask_next(self, pending: Pending) -> None:
        if pending.sock:
            self._watched.unregister(pending.sock)
        sock = pending.next()
        self._pending.discard(pending)
        if sock is not None:
            self._pending.add(pending)
            events = selectors.EVENT_WRITE if pending.stream else selectors.EVENT_READ
            self._watch(sock, lambda: self._answer(pending, sock), events)

    def _answer(self, pending: Pending, sock: socket.socket) -> None:
        if pending.sock is not sock:
            return  # it was given up in the meantime
        try:
            if self._watched.get_key(sock).events == selectors.EVENT_WRITE:
                pending.writable()
                self._watched.modify(sock, selectors.EVENT_READ, lambda: self._answer(pending, sock))
                return
            done = pending.readable()
        except OSError:
            done = True
        if done and pending.answered:
            pending.left.clear()
        if done:
            self._ask_next(pending)


def _bound(kind: int) -> socket.socket:
    """On a port the kernel picks."""
    sock = socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK)
    sock.bind((ADDRESS, 0))
    return sock


def _redirect(*, udp: int, tcp: int) -> None:
    """The nat table of the namespace we are in; nobody else has rules there."""
    rules = _RULES.format(udp=udp, tcp=tcp)
    subprocess.run(["iptables-restore", "--wait", "5"], input=rules.encode(), check=True, capture_output=True)


def _send(sock: socket.socket, answer: bytes, receiver: tuple[str, int]) -> None:
    try:
        sock.sendto(answer, receiver)
    except OSError:
        return  # whoever asked is gone


def _stream_send(sock: socket.socket, answer: bytes) -> None:
    try:
        sock.sendall(len(answer).to_bytes(2, "big") + answer)
    except OSError:
        return


def main(configuration: str, pidfile: str) -> None:
    """Serve what the configuration says, in the background; the pidfile is there once every socket is."""
    server = Server(Path(configuration), lambda: _write(Path(pidfile)))
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, lambda *_: server.hang_up())
    _write(Path(pidfile))
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    server.run()


def _write(pidfile: Path) -> None:
    """Younger than the configuration that is served."""
    draft = pidfile.with_suffix(".new")
    draft.write_text(f"{os.getpid()}\n")
    draft.rename(pidfile)


if __name__ == "__main__":
    main(*sys.argv[1:])
