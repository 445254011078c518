"""Pod networks: what each type is made of, how it cuts its prefixes, and where each host finds the others' pods.

kind     bridge or routed, which tunnel, what it costs
cut      a cluster prefix into the hosts' parts
host     one host's part: bridge, gateways, tunnel ends
assignment  Calico's blocks, claimed and borrowed
routes   ways to the others' pods, on hosts and on routers
bgp      who speaks with whom
"""

from .assignment import Wish, assign, with_blocks
from .bgp import Session, Speaker, speakers
from .cut import cut, length_of, pod_subnet, shares
from .host import pod_mtu, pod_prefix
from .kind import KINDS, Kind, Masquerade, kind_of
from .routes import pod_routes, shared_link

__all__ = [
    "KINDS",
    "Kind",
    "Masquerade",
    "Session",
    "Speaker",
    "Wish",
    "assign",
    "cut",
    "kind_of",
    "length_of",
    "pod_mtu",
    "pod_prefix",
    "pod_routes",
    "pod_subnet",
    "shared_link",
    "shares",
    "speakers",
    "with_blocks",
]
