"""Real machines instead of emulated nodes: reached over SSH, named by an Ansible inventory.

    inventory ──> Host …  ──converge──> the same playbooks, over the same SSH
                          ──check────> a Session each: the probes travel there, measure, and go

Nothing stays on a machine: no agent, no file, no process (visitor).
"""

from .checking import check
from .hosts import Host, Inventory, read_inventory

__all__ = ["Host", "Inventory", "check", "read_inventory"]
