"""A pod that is routed to, as Calico does: its cable and what is inside."""

from __future__ import annotations

import json
from contextlib import closing

from namespaces import Namespaces
from vethlab import sandbox
from vethlab.addressing import lay_out
from vethlab.load import load
from vethlab.netlink import Netlink


def test_eth0_need_not_be_the_second_interface(netns: Namespaces) -> None:
    """A kernel with tunnels gives every namespace one of each, and the module may be loaded at any time."""
    netns.node("node", "pod")
    netns.ip("pod", "link add tunl0 type veth peer name sit0")
    world = lay_out(load("podnet-calico-bgp"))
    pod = next(each for each in world.sandboxes.values() if each.wiring == "routed")
    with closing(Netlink(netns.pids["node"])) as node:
        sandbox.route_to(pod, node, netns.pids["pod"], netns.pids["node"])
    (eth0,) = json.loads(netns.run("pod", "ip", "-j", "address", "show", "eth0"))
    assert eth0["ifindex"] > 2
    assert "UP" in eth0["flags"]
    assert str(pod.addresses[0].ip) in [a["local"] for a in eth0["addr_info"]]
