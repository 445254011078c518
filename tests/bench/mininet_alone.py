"""Mininet by itself, as a user would take it: hosts, and pingAll."""

from __future__ import annotations

import time
from typing import Any

from .inside import in_capsule
from .worlds import hosts

__all__ = ["hosts_ms", "ping_all_ms"]


def hosts_ms(count: int) -> dict[str, float]:
    """Milliseconds for each host: Mininet's own, cabled by `ip` and `ifconfig`; vethlab's, with an /etc of its own."""
    return {
        "Mininet alone": in_capsule(lambda: _mininet(count))["ms"],
        "vethlab": in_capsule(lambda: _vethlab(count))["ms"],
    }


def ping_all_ms(count: int) -> float:
    """Milliseconds a pair of Mininet's pingAll among `count` hosts."""
    return float(in_capsule(lambda: _ping_all(count))["ms"])


def _network(count: int) -> Any:
    from mininet.log import setLogLevel
    from mininet.net import Mininet
    from mininet.nodelib import LinuxBridge
    from mininet.topo import SingleSwitchTopo

    import vethlab.underlay  # noqa: F401  (gives Mininet the one name of distutils it wants)

    setLogLevel("critical")
    Mininet.inited = True  # changes limits of the whole machine
    return Mininet(topo=SingleSwitchTopo(k=count), switch=LinuxBridge, controller=None)


def _mininet(count: int) -> dict[str, float]:
    began = time.perf_counter()
    _network(count).start()
    return {"ms": (time.perf_counter() - began) * 1000 / count}


def _vethlab(count: int) -> dict[str, float]:
    from vethlab.spawner import Spawner
    from vethlab.underlay import Underlay

    world = hosts(count)
    began = time.perf_counter()
    Underlay(world, Spawner())
    return {"ms": (time.perf_counter() - began) * 1000 / count}


def _ping_all(count: int) -> dict[str, float]:
    network = _network(count)
    network.start()
    while network.pingAll(timeout="1"):  # until the bridge forwards
        pass
    began = time.perf_counter()
    network.pingAll(timeout="1")
    return {"ms": (time.perf_counter() - began) * 1000 / (count * (count - 1))}
