"""From a row to the exchange that measures it."""

from __future__ import annotations

from ..row import Row
from .dns import DnsExchange
from .exchange import Exchange
from .http import HttpExchange
from .icmp import IcmpExchange
from .mtu import MtuExchange
from .tcp import TcpExchange
from .udp import UdpExchange

__all__ = ["EXCHANGES", "exchange_for"]

#: One class for each kind of probe.
EXCHANGES: dict[str, type[Exchange]] = {
    "tcp": TcpExchange,
    "udp": UdpExchange,
    "icmp": IcmpExchange,
    "http": HttpExchange,
    "dns": DnsExchange,
    "mtu": MtuExchange,
}


def exchange_for(row: Row, timeout: float, index: int) -> Exchange:
    """By the kind of the row's probe. `timeout` is in seconds, `index` the row's place in the run."""
    return EXCHANGES[row.probe.kind](row, timeout, index)
