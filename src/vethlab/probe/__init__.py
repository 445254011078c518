"""Asking the network itself: sockets opened inside the namespaces, by one process.

observe   measure rows once
settle    measure until what should answer does, or a deadline
trace     ask once more and look at every hop; `first_unseen` is where the packet died
capture   look at one interface
"""

from .capture import Capture, capture
from .packet import Packet
from .prober import observe, settle
from .trace import first_unseen, trace

__all__ = ["Capture", "Packet", "capture", "first_unseen", "observe", "settle", "trace"]
