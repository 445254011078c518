"""Faults, by layer, for tests and labs: each function takes a world and its victims, and tells the commands.

link        cables, bridges and their ports, ARP, what a sandbox has of its own
routing     forwarding, routes, rules, TTL
mtu         links that carry less than their neighbours, and the silence about it
netfilter   filters, NAT, and what leads packets past them
overlay     what each host knows about the others' tunnel endpoints
cni         what gives pods their network
dns         who is asked, and what is answered
"""

from collections.abc import Callable
from types import ModuleType

from . import cni, dns, link, mtu, netfilter, overlay, routing
from .fault import Command, Fault

__all__ = ["Command", "Fault", "cni", "dns", "find", "link", "mtu", "names", "netfilter", "overlay", "routing"]

_LAYERS: dict[str, ModuleType] = {
    "cni": cni,
    "dns": dns,
    "link": link,
    "mtu": mtu,
    "netfilter": netfilter,
    "overlay": overlay,
    "routing": routing,
}


def names() -> list[str]:
    """Every fault as `layer.name`."""
    return [f"{layer}.{name}" for layer, module in _LAYERS.items() for name in module.__all__]


def find(name: str) -> Callable[..., Fault]:
    """The fault of that name: a function of a world and its victims. Raises KeyError."""
    layer, _, function = name.partition(".")
    if function not in _LAYERS[layer].__all__:
        raise KeyError(name)
    made: Callable[..., Fault] = getattr(_LAYERS[layer], function)
    return made
