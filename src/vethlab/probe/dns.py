"""DNS (RFC 1035): one question over UDP, and over TCP where the answer says that it was cut (RFC 7766)."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from ..outcome import Answered
from ..row import Row
from . import failure
from .exchange import Loop
from .udp import DatagramExchange

__all__ = ["DnsExchange", "first_nameserver", "with_server"]


def first_nameserver(resolv_conf: str) -> str:
    """The server a program asks first; without one it is the machine itself (resolv.conf(5))."""
    for line in resolv_conf.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            with suppress(ValueError):
                return str(ip_address(words[1]))
    return "127.0.0.1"


def with_server(row: Row, pid: int) -> Row:
    """The row with the server filled in that the resolv.conf of process `pid` names, where the row names none."""
    if row.probe.kind != "dns" or row.probe.address is not None:
        return row
    try:
        text = Path(f"/proc/{pid}/root/etc/resolv.conf").read_text(errors="replace")
    except FileNotFoundError:
        text = ""
    return replace(row, probe=replace(row.probe, address=first_nameserver(text)))


class DnsExchange(DatagramExchange):
    """`stream` collects the answer over TCP, once there is need of it."""

    __slots__ = ("query", "stream", "truncated")

    def port(self) -> int:
        return self.row.probe.port or 53

    def message(self) -> bytes:
        probe = self.row.probe
        assert probe.name is not None
        self.query = dns.message.make_query(probe.name, probe.record)
        self.stream: bytes | None = None
        self.truncated = False
        return self.query.to_wire()

    def again(self, loop: Loop) -> None:
        if not self.truncated:
            super().again(loop)
        elif self.stream is None:
            self._ask_over_tcp(loop)

    def _ask_over_tcp(self, loop: Loop) -> None:
        address = str(self.row.probe.address)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        failure.heed(sock)
        self.sockets.append(sock)
        self.stream = b""
        sock.connect_ex((address, self.port()))
        loop.watch(sock, select.EPOLLOUT, self)

    def ready(self, loop: Loop, sock: socket.socket, events: int) -> None:
        if sock is self.sockets[0]:
            super().ready(loop, sock, events)
            return
        try:
            if events & select.EPOLLOUT:
                sock.send(len(self.payload).to_bytes(2, "big") + self.payload)
                loop.rewatch(sock, select.EPOLLIN)
            else:
                self._read(sock)
        except BlockingIOError:
            pass
        except OSError as error:
            self.failed(sock, error)

    def _read(self, sock: socket.socket) -> None:
        data = sock.recv(65536)
        assert self.stream is not None
        self.stream += data
        if len(self.stream) >= 2 and len(self.stream) - 2 >= int.from_bytes(self.stream[:2], "big"):
            self._judge(self.stream[2:])
        elif not data:
            # Cut off in the middle: there is no answer, and time will tell.
            sock.close()
            self.sockets.remove(sock)

    def received(self, loop: Loop, data: bytes) -> None:
        if self.truncated or not self._judge(data):
            return
        if self.truncated:
            loop.wake(self, 0.0)

    def _judge(self, data: bytes) -> bool:
        """True where `data` answers the question; sets the outcome, or `truncated`."""
        try:
            answer = dns.message.from_wire(data, ignore_trailing=True, raise_on_truncation=False)
        except (dns.exception.DNSException, ValueError):
            return False
        if not self.query.is_response(answer):
            return False
        if answer.flags & dns.flags.TC and self.stream is None:
            self.truncated = True
        else:
            self.outcome = self._answered(answer)
        return True

    def _answered(self, answer: dns.message.Message) -> Answered:
        """The addresses of every name on the way: a CNAME leads from one to the next (RFC 1034, section 3.6.2)."""
        wanted = dns.rdatatype.from_text(self.row.probe.record)
        records = tuple(sorted(str(item) for found in answer.answer if found.rdtype == wanted for item in found))
        return Answered(dns.rcode.to_text(answer.rcode()), records, str(self.row.probe.address))
