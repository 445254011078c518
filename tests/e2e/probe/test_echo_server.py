"""The echo server against clients that are slow, half gone, rude, huge or many."""

from __future__ import annotations

import http.client
import json
import os
import resource
import socket
import struct
import sys
from pathlib import Path

from namespaces import Namespaces, eventually
from vethlab.namespace import enter


def server(netns: Namespaces) -> int:
    """The server and this test in one place, which has two addresses."""
    netns.node("b")
    netns.ip("b", "addr add 10.0.0.1/32 dev lo", "addr add 10.0.0.2/32 dev lo", "addr add fd00::2/128 dev lo nodad")
    pid = netns.serve("b")
    enter(netns.pids["b"], "net")
    return pid


def connect(port: int = 7) -> socket.socket:
    return socket.create_connection(("10.0.0.2", port), timeout=5)


def line(data: bytes) -> dict[str, object]:
    return json.loads(data.partition(b"\n")[0])


def test_tcp_says_who_and_echoes(netns: Namespaces) -> None:
    server(netns)
    with connect() as client, client.makefile("rb") as stream:
        own = client.getsockname()
        assert line(stream.readline()) == {"identity": "b", "source": own[0], "port": own[1]}
        client.sendall(b"one\n")
        assert stream.readline() == b"one\n"
        client.sendall(b"two")
        client.shutdown(socket.SHUT_WR)
        assert stream.read() == b"two"
    with socket.create_connection(("fd00::2", 7), timeout=5) as client:
        assert line(client.recv(200))["source"] == "fd00::2"


def test_udp_answers_from_the_address_asked(netns: Namespaces) -> None:
    server(netns)
    for target in ("10.0.0.1", "10.0.0.2", "127.0.0.1", "fd00::2", "::1"):
        family = socket.AF_INET6 if ":" in target else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
            client.sendto(b"ping", (target, 7))
            data, peer = client.recvfrom(1000)
            assert peer[0] == target
            assert line(data)["port"] == client.getsockname()[1]
            assert data.endswith(b"\nping")


def test_largest_datagram(netns: Namespaces) -> None:
    server(netns)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(b"x" * 65507, ("10.0.0.2", 7))
        assert len(client.recv(65535)) == 65507


def test_http_keeps_the_connection(netns: Namespaces) -> None:
    server(netns)
    client = http.client.HTTPConnection("10.0.0.2", timeout=5)
    sockets = set()
    for method, path, body in (("GET", "/one", None), ("POST", "/two", b"x" * 300_000), ("GET", "/three", None)):
        client.request(method, path, body)
        response = client.getresponse()
        said = json.loads(response.read())
        assert (response.status, said["method"], said["path"], said["identity"]) == (200, method, path, "b")
        assert client.sock
        sockets.add(client.sock.getsockname())
    assert len(sockets) == 1


def test_http_reads_a_body_before_it_closes(netns: Namespaces) -> None:
    """Else the reset for what was not read overtakes the response."""
    server(netns)
    for _ in range(20):
        client = http.client.HTTPConnection("10.0.0.2", timeout=5)
        client.request("POST", "/", b"x" * 1_000_000, {"Connection": "close"})
        assert client.getresponse().status == 200


def test_rude_clients_do_no_harm(netns: Namespaces) -> None:
    server(netns)
    idle = [connect(port) for port in (7, 80) for _ in range(10)]
    garbage = connect(80)
    garbage.sendall(b"\x16\x03\x01" + os.urandom(200) + b"\r\n\r\n")
    assert b"400" in garbage.recv(1000)
    endless = connect(80)
    endless.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000)
    assert b"431" in endless.recv(1000)
    for _ in range(50):
        reset = connect()
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.sendall(b"x" * 1000)
        reset.close()
    slow = connect(80)
    for byte in b"GET /slow HTTP/1.1\r\n\r\n":
        slow.send(bytes([byte]))
    assert b"/slow" in slow.recv(1000)
    assert line(idle[0].recv(200))["identity"] == "b"
    with connect() as client:
        assert line(client.recv(200))["identity"] == "b"


def resident(pid: int) -> int:
    """KiB in memory."""
    return next(int(x.split()[1]) for x in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in x)


def test_a_client_that_never_reads_costs_little(netns: Namespaces) -> None:
    pid = server(netns)
    before = resident(pid)
    clients = [connect() for _ in range(8)]
    for client in clients:
        client.settimeout(0.3)
        try:
            for _ in range(400):
                client.sendall(b"x" * 65536)
        except TimeoutError:
            pass
    assert resident(pid) - before < 16 * 1024
    with connect() as client:
        assert line(client.recv(200))["identity"] == "b"


def test_too_many_clients_push_out_the_idle_ones(netns: Namespaces) -> None:
    """With few descriptors the server goes on serving whoever comes last."""
    pid = server(netns)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (40, 40))
    clients = []
    for _ in range(120):
        clients.append(connect())
        assert line(clients[-1].recv(200))["identity"] == "b"
    used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    assert used <= 40


def test_without_ipv6(netns: Namespaces) -> None:
    netns.node("b")
    netns.sysctl("b", "net.ipv6.conf.all.disable_ipv6", 1)
    netns.ip("b", "addr add 10.0.0.2/32 dev lo")
    netns.serve("b")
    enter(netns.pids["b"], "net")
    with connect() as client:
        assert line(client.recv(200))["source"] == "10.0.0.2"


def test_by_hand(netns: Namespaces) -> None:
    """`python -m vethlab.workload echo`, and what it says of a port that is taken."""
    netns.node("b")
    argv = [sys.executable, "-m", "vethlab.workload", "echo", "--identity", "hand", "--tcp", "7"]
    netns.start("b", *argv)
    enter(netns.pids["b"], "net")

    def answers() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", 7), timeout=5) as client:
                return line(client.recv(200))["identity"] == "hand"
        except OSError:
            return False

    eventually(answers)
    second = netns.start("b", *argv)
    assert second.wait(10) == 1
