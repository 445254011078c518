"""Faults, by layer, for tests and labs: each function takes a world and its victims, and tells the commands.

link        cables, bridges and their ports, ARP, what a sandbox has of its own
routing     forwarding, routes, rules, TTL
mtu         links that carry less than their neighbours, and the silence about it
netfilter   filters, NAT, and what leads packets past them
overlay     what each host knows about the others' tunnel endpoints
cni         what gives pods their network
dns         who is asked, and what is answered
"""

from . import cni, dns, link, mtu, netfilter, overlay, routing
from .fault import Command, Fault

__all__ = ["Command", "Fault", "cni", "dns", "link", "mtu", "netfilter", "overlay", "routing"]
