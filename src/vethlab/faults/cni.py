"""What gives pods their network: configuration lists, ranges of addresses, leases. New pods suffer, old ones go on."""

from __future__ import annotations

import json

from ..model import Subnet
from ..world import World
from .fault import Fault, shell

__all__ = ["bad_configuration", "leaked_leases", "overlapping_prefix", "range_exhausted"]

_FILE = "/etc/cni/net.d/10-pods.conflist"
_LEASES = "/var/lib/cni/networks/pods"


def bad_configuration(world: World, node: str) -> Fault:
    """A list that sorts first names a plugin nobody installed."""
    document = json.dumps({"cniVersion": "1.0.0", "name": "x", "plugins": [{"type": "nope"}]})
    written = shell(node, f"printf '%s' '{document}' > /etc/cni/net.d/00-x.conflist")
    cause = f"the first CNI configuration of {node} names a plugin that is not there"
    return Fault("bad-configuration", cause, (written,), there=(shell(node, "test -e /etc/cni/net.d/00-x.conflist"),))


def range_exhausted(world: World, node: str) -> Fault:
    """The range is as large as what is given away already."""
    subnet = _prefix(world, node)
    pods = [a.ip for s in world.on(node) if s.kind == "pod" for a in s.addresses if a.ip in subnet]
    ends = f'"rangeStart": "{min(pods, key=int)}", "rangeEnd": "{max(pods, key=int)}"'
    narrowed = shell(node, _replace(f'"subnet": "{subnet}"', f'"subnet": "{subnet}", {ends}'))
    cause = f"the range that pods of {node} get addresses from has none left"
    return Fault("range-exhausted", cause, (narrowed,), there=(shell(node, f"grep -q rangeEnd {_FILE}"),))


def leaked_leases(world: World, node: str) -> Fault:
    """Every address is leased, and most of the containers are long gone."""
    base = str(_prefix(world, node).network_address).rpartition(".")[0]
    lines = (
        "for i in $(seq 2 254); do",
        f"  [ -e {_LEASES}/{base}.$i ] || printf 'gone%s\\r\\neth0' $i > {_LEASES}/{base}.$i",
        "done",
    )
    cause = f"leases of containers long gone use up the addresses of {node}"
    there = shell(node, f"grep -qs ^gone {_LEASES}/*")
    return Fault("leaked-leases", cause, (shell(node, *lines),), there=(there,))


def overlapping_prefix(world: World, node: str, other: str) -> Fault:
    """The node gives its new pods addresses of another's prefix; its bridge has that prefix from the next pod on."""
    own, foreign = _prefix(world, node), _prefix(world, other)
    pods = world.machines[node].pods
    assert pods
    assert pods.bridge
    gateway = next(a for a in pods.bridge.addresses if a.version == 4)
    wrong = shell(
        node,
        _replace(f'"subnet": "{own}"', f'"subnet": "{foreign}"'),
        f"ip address del {gateway} dev {pods.bridge.name}",
    )
    there = shell(node, f"""grep -q '"subnet": "{foreign}"' {_FILE}""")
    return Fault("overlapping-prefix", f"{node} gives its pods addresses of {other}'s prefix", (wrong,), there=(there,))


def _prefix(world: World, node: str) -> Subnet:
    pods = world.machines[node].pods
    assert pods
    return next(s for s in pods.subnets if s.version == 4)


def _replace(old: str, new: str) -> str:
    """sed(1), which must find it."""
    return f"grep -q '{old}' {_FILE}; sed -i 's|{old}|{new}|' {_FILE}"
