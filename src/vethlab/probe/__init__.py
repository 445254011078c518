"""Asking the network itself: sockets opened inside the namespaces, by one process.

observe   measure rows once
settle    measure until what should answer does, or a deadline
trace     ask once more and look everywhere; `first_unseen` is where the packet died
capture   look at one interface
"""

from .capture import Capture, capture
from .packet import Packet
from .prober import observe, settle
from .trace import Trail, first_unseen, trace

__all__ = ["Capture", "Packet", "Trail", "capture", "first_unseen", "observe", "settle", "trace"]
