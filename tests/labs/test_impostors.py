"""Somebody else in the place of the server: who says what it has heard, and who passes on what it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pexpect
import pytest

from conftest import Bench

#: Answers every connection with what the true server said a moment before, and then whatever it is sent.
PARROT = """
import socket, socketserver
heard = socket.create_connection(("127.0.0.1", 7)).makefile("rb").readline()
class Parrot(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(heard)
        self.rfile.readline()
        self.wfile.write(heard)
socketserver.ThreadingTCPServer(("", 7777), Parrot).serve_forever()
"""
#: Passes every connection on to the true server, and the answers back.
RELAY = """
import socket, socketserver, sys, threading
def pump(there, here):
    while data := there.recv(65536):
        here.sendall(data)
class Relay(socketserver.BaseRequestHandler):
    def handle(self):
        there = socket.create_connection((sys.argv[1], 7))
        threading.Thread(target=pump, args=(self.request, there), daemon=True).start()
        pump(there, self.request)
socketserver.ThreadingTCPServer(("", 7777), Relay).serve_forever()
"""


@pytest.fixture
def mended(bench: Bench, name: str) -> Iterator[dict[str, str]]:
    """A lab in which all is well again: its variables."""
    bench.start("ledger-silent", name, "--seed", "1")
    bench.ask("solve", name)
    assert bench.ask("check", name)["score"] == 100
    yield prepared_lab("ledger-silent", 1)
    bench.run("stop", name, "--forget")


def prepared_lab(lab: str, seed: int) -> dict[str, str]:
    from vethlab.exercise import find_lab, prepare, read

    return prepare(read(find_lab(lab)), seed).environment


def serve(bench: Bench, shell: pexpect.spawn, program: str, *words: str) -> None:
    """A program of the candidate's, once it listens."""
    bench.type(shell, ": > /tmp/program.py")
    for line in program.strip().splitlines():
        bench.type(shell, f"printf '%s\\n' '{line}' >> /tmp/program.py")
    bench.type(shell, f"python3 /tmp/program.py {' '.join(words)} >/tmp/said 2>&1 &")
    bench.type(shell, "until ss -ltn | grep -q :7777; do grep -s Error /tmp/said && break; done")


def leave(bench: Bench, shell: pexpect.spawn) -> None:
    """With the program: a terminal lasts as long as anybody has it open."""
    bench.type(shell, "kill %1; wait")
    bench.leave(shell)


def reason(bench: Bench, name: str, check: str) -> str:
    checks = bench.ask("check", name, status=1)["checks"]
    return str(next(c["reason"] for c in checks if c["id"] == check))


def test_a_parrot_at_the_right_address_is_found_out(bench: Bench, name: str, mended: dict[str, str]) -> None:
    shell = bench.shell(name, mended["victim"])
    serve(bench, shell, PARROT)
    bench.type(shell, "iptables -t nat -A PREROUTING -p tcp --dport 7 -j REDIRECT --to-ports 7777")
    assert "something else answers in the server's place" in reason(bench, name, "peer-to-victim")
    leave(bench, shell)


def test_a_relay_is_seen_instead_of_its_client(bench: Bench, name: str, mended: dict[str, str]) -> None:
    relay, client = bench.shell(name, mended["other"]), bench.shell(name, mended["peer"])
    serve(bench, relay, RELAY, mended["victim_address"])
    there, instead = f"{mended['other_address']}:7777", mended["victim_address"]
    bench.type(client, f"iptables -t nat -A OUTPUT -d {instead} -p tcp -j DNAT --to-destination {there}")
    seen = f"the server sees {mended['other_address']} instead of {mended['peer_address']}"
    assert seen in reason(bench, name, "peer-to-victim")
    bench.leave(client)
    leave(bench, relay)
