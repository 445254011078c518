"""Who gets which address: the arithmetic of two address managers, without any effect.

    hostlocal   a range for each node, given out in a circle, as CNI's host-local plugin does
    blocks      blocks of a pool that nodes claim as they need them, as Calico does
    usage       what has become of one block

What is really given away on a node is in files there; vethlab.cni.leases reads them.
"""

from .blocks import Allocation, Block, BlockPool, Exhausted
from .hostlocal import Range
from .usage import Holder, usage

__all__ = ["Allocation", "Block", "BlockPool", "Exhausted", "Holder", "Range", "usage"]
