"""A packet as the model moves it about, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..model import Address

__all__ = ["Arrived", "Lost", "Packet", "Translation"]


class Packet(NamedTuple):
    """`port` is the server's in both directions. `kind`: it asks, answers, or is an ICMP error about a question."""

    source: Address
    destination: Address
    protocol: Literal["tcp", "udp", "icmp"]
    port: int | None = None
    kind: Literal["question", "answer", "error"] = "question"

    def answer(self) -> Packet:
        """What the server sends back: addresses exchanged, its port as it was."""
        return Packet(self.destination, self.source, self.protocol, self.port, "answer")


@dataclass(frozen=True, slots=True)
class Translation:
    """A conntrack entry that changes addresses: questions on `node` go from `before` to `after`, answers back."""

    node: str
    before: Packet
    after: Packet

    def undo(self, packet: Packet) -> Packet | None:
        """The packet as it was before this translation; None where it is not of this connection."""
        if packet.destination != self.after.source:
            return None
        if packet.kind == "error":
            return packet._replace(destination=self.before.source)
        if packet.kind == "answer" and packet.source == self.after.destination:
            return self.before.answer()
        return None


@dataclass(frozen=True, slots=True)
class Arrived:
    """The packet came to the stack `node` as `packet`."""

    node: str
    packet: Packet


@dataclass(frozen=True, slots=True)
class Lost:
    """The packet died on `node`. `tells`: what its sender is told, if anything (see outcome.Unreachable).

    `circles` is a TTL that ended, which every kind of probe shows in its own way.
    """

    node: str
    packet: Packet
    reason: str
    tells: Literal["network", "host", "circles"] | None = None
