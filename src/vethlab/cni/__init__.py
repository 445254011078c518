"""The Container Network Interface, seen from the runtime's side (specification 1.1.0, and plugins from 0.1.0 on).

    version         which versions there are, and which of a configuration's a runtime takes        pure
    configuration   files of /etc/cni/net.d: a network is a list of plugins, run in order            pure
    attachment      what a runtime asks: environment and standard input of one call                  pure
    result          what a plugin answers, in every version                                          pure
    cache           what a runtime remembers of an ADD until its DEL                                 pure
    execution       one plugin run inside a node                                                     effect
    store           the files of a node: configurations, what is attached                            effect
    runtime         ADD, DEL, CHECK, GC, STATUS, VERSION on one node                                 effect
    leases          the addresses host-local has given away on a node, and those nobody has          effect

Things are named as in the specification (SPEC.md of the CNI project).
"""

from .attachment import Attachment
from .configuration import Network, PluginConfig
from .leases import Lease, Pool
from .result import Result
from .runtime import BIN_DIRS, Runtime
from .store import NET_D, Store

__all__ = ["BIN_DIRS", "NET_D", "Attachment", "Lease", "Network", "PluginConfig", "Pool", "Result", "Runtime", "Store"]
