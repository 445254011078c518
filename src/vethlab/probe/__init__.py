"""Asking the network itself: sockets opened inside the namespaces, by one process.

observe   measure rows once
settle    measure until what should answer does, or a deadline
"""

from .prober import observe, settle

__all__ = ["observe", "settle"]
