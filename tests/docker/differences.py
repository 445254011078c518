"""Where Docker's own engine answers otherwise than the emulated one does, and it is not settled yet who is to change.

Each is expected to fail on dockerd and is counted apart; one that passes is to be taken out here.
"""

from __future__ import annotations

__all__ = ["OPEN"]

#: The behaviour's name → what dockerd 20.10.24 does.
OPEN = {
    "publish-no-masquerade-host": "the host is seen by the bridge's own address",
    "hostname-host": "a container in the host's network has the host's name, and ours its own",
    "error-cidr": "it is the daemon that refuses the subnet, not the command",
    "error-port-used": "the container whose port is taken is left behind, created and not started",
    "run-address": "a container without a hostname is named by its id, ours by nothing",
    "create-run": "a container without a hostname is named by its id, ours by nothing",
    "run-published": "a container without a hostname is named by its id, ours by nothing",
    "disconnect-hosts": "the entry stays in /etc/hosts",
    "gateway-moves": "the interface that is connected last has the next number, ours the lowest free one",
    "ports-move": "published ports stay on the network they were given on",
    "mistake-flush-nat": "a flushed nat table leaves a host's port unanswered, not refused",
}
