"""What a server has proven once it has not proven for ever: who repeats it is found out."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from vethlab.journey import Journey
from vethlab.traveller.flow import Failed, exchange
from vethlab.workload.echo import proof

HOME, KEY = "127.0.0.1", "secret"


def repeat(server: socket.socket, heard: bytes) -> None:
    """Answer one datagram as the true server has answered the same client before."""
    data, peer = server.recvfrom(512)
    said = {"identity": "web", "source": peer[0], "port": peer[1], "proof": proof(KEY, "web", *peer, heard)}
    server.sendto(json.dumps(said).encode() + b"\n" + data, peer)


def ask(heard: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HOME, 0))
        threading.Thread(target=repeat, args=(server, heard), daemon=True).start()
        exchange(Journey("ask", "here", "udp", HOME, server.getsockname()[1], identity="web"), HOME, KEY)


@pytest.mark.parametrize("heard", [b"", b"another number"])
def test_what_was_heard_before_proves_nothing(heard: bytes) -> None:
    with pytest.raises(Failed, match="in the server's place"):
        ask(heard)
