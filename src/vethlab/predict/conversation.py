"""A question and its answer: two walks, and what the one who asked comes to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..model import Address
from ..outcome import Outcome, Timeout, Unreachable
from ..row import Hop
from .fabric import Fabric
from .forwarding import Walk
from .packet import Arrived, Lost, Packet

__all__ = ["Conversation", "converse"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """How a question fares. `server` is the stack it came to and `seen` the source address it had there.

    `failure` says what the one who asked gets instead of an answer; None when an answer gets back, or,
    without a `server`, when nobody can tell. `walk` holds the hops and MTUs of both ways.
    """

    walk: Walk
    server: str | None = None
    asked: Packet | None = None
    failure: Outcome | None = None
    reason: str = ""

    @property
    def seen(self) -> str | None:
        """The source address that the server sees, None where the question came to nobody."""
        return str(self.asked.source) if self.asked else None

    @property
    def path(self) -> tuple[Hop, ...]:
        """The hops there, and then those back."""
        return tuple(self.walk.hops)


def converse(
    fabric: Fabric, name: str, destination: Address, protocol: Literal["tcp", "udp", "icmp"], port: int | None
) -> Conversation:
    """Ask from the stack `name`; raises KeyError where the world has none."""
    stack, walk = fabric.stacks[name], Walk(fabric)
    source = stack.source(destination)
    if source is None:
        walk.hops.append(Hop(name, stack.interfaces[0].name if stack.interfaces else "lo"))
        reason = f"{name} has no route to {destination}"
        return Conversation(walk, failure=Unreachable("no-route"), reason=reason)
    question = Packet(source, destination, protocol, port)
    end = walk.begin(stack, question)
    walk.direction = "back"
    if isinstance(end, Lost):
        return _told(fabric, stack.name, walk, end)
    return _answered(fabric, question, walk, end, stack.name)


def _told(fabric: Fabric, name: str, walk: Walk, lost: Lost) -> Conversation:
    """The question is lost; an ICMP error may find its way back (RFC 1812, 4.3.3.1)."""
    if lost.tells == "circles":
        return Conversation(walk, reason=lost.reason)
    if lost.tells is None:
        return Conversation(walk, failure=Timeout(), reason=lost.reason)
    if lost.node == name:
        return Conversation(walk, failure=Unreachable(lost.tells), reason=lost.reason)
    about = Packet(lost.packet.destination, lost.packet.source, lost.packet.protocol, lost.packet.port, "error")
    end = walk.begin(fabric.stacks[lost.node], about)
    if isinstance(end, Arrived) and end.node == name:
        return Conversation(walk, failure=Unreachable(lost.tells), reason=lost.reason)
    return Conversation(walk, failure=Timeout(), reason=f"{lost.reason}, and its ICMP error does not get back")


def _answered(fabric: Fabric, question: Packet, walk: Walk, arrived: Arrived, name: str) -> Conversation:
    asked = arrived.packet
    end = walk.begin(fabric.stacks[arrived.node], asked.answer())
    back = isinstance(end, Arrived) and end.node == name and end.packet == question.answer()
    if back:
        return Conversation(walk, arrived.node, asked)
    reason = end.reason if isinstance(end, Lost) else f"it comes to {end.node} as {end.packet.source}"
    return Conversation(walk, arrived.node, asked, Timeout(), f"the answer does not get back: {reason}")
