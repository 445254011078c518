"""A world as a drawing: switches, the machines on them, their bridges, and what is plugged into those."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..world import Bridge, InterfaceAddress, Machine, Port, Sandbox, Vtep, World
from .style import Style

__all__ = ["render_topology"]


@dataclass(frozen=True, slots=True)
class _Branch:
    text: str
    children: tuple[_Branch, ...] = ()


def render_topology(world: World, style: Style | None = None) -> str:
    """One tree for each switch. A machine on several is drawn whole at its first, and named at the others."""
    drawn: set[str] = set()
    lines = [world.name]
    for switch in world.switches:
        lines += ["", *_tree(_switch(world, switch, drawn))]
    return (style or Style()).write("\n".join(lines) + "\n")


def _tree(branch: _Branch) -> list[str]:
    lines = [branch.text]
    for number, child in enumerate(branch.children, 1):
        last = number == len(branch.children)
        head, *rest = _tree(child)
        lines.append(("└── " if last else "├── ") + head)
        lines += [("    " if last else "│   ") + line for line in rest]
    return lines


def _switch(world: World, switch: str, drawn: set[str]) -> _Branch:
    subnets = world.subnets.get(switch, ())
    outside = "  outside" if set(subnets) & set(world.outside) else ""
    text = f"switch {switch}  {' '.join(map(str, subnets))}  mtu {world.switches[switch]}{outside}"
    ports = [(m, p) for m in world.machines.values() for p in m.ports if p.switch == switch]
    return _Branch(text, tuple(_machine(world, m, p, drawn) for m, p in ports))


def _machine(world: World, machine: Machine, port: Port, drawn: set[str]) -> _Branch:
    text = f"{machine.name}  {port.name} {_addresses(port.addresses)}"
    text += "" if port.mtu == world.switches[port.switch] else f"  mtu {port.mtu}"
    if machine.name in drawn:
        return _Branch(text)
    drawn.add(machine.name)
    runs = f"  runs {', '.join(machine.runs)}" if machine.runs else ""
    return _Branch(f"{text}  {machine.role}{runs}", tuple(_inside(world, machine)))


def _inside(world: World, machine: Machine) -> Iterable[_Branch]:
    for bridge in machine.bridges:
        if bridge:
            plugged = [s for s in world.on(machine.name) if s.bridge == bridge.name]
            yield _Branch(_bridge(bridge), tuple(map(_sandbox, plugged)))
    for v in machine.pods.vteps if machine.pods else ():
        yield _Branch(f"{v.name}  {v.address}  mtu {v.mtu}  {_carried(v)}")


def _carried(vtep: Vtep) -> str:
    """What is between this end of a tunnel and the others."""
    words = {
        "vxlan": f"VXLAN {vtep.vni} ",
        "geneve": f"Geneve {vtep.vni} ",
        "ipip": "IP in IP ",
        "wireguard": "WireGuard ",
    }
    port = "" if vtep.kind == "ipip" else f", UDP {vtep.port}"
    return f"{words.get(vtep.kind, '')}from {vtep.local}{port}"


def _bridge(bridge: Bridge) -> str:
    return f"{bridge.name}  {_addresses(bridge.addresses)}  mtu {bridge.mtu}"


def _sandbox(sandbox: Sandbox) -> _Branch:
    published = "".join(f"  {p}" for p in sandbox.publish)
    where = " ".join(str(a.ip) for a in sandbox.addresses)
    return _Branch(f"{sandbox.name}  {where}  {sandbox.kind} {' '.join(sandbox.images)}{published}")


def _addresses(addresses: Iterable[InterfaceAddress]) -> str:
    return " ".join(map(str, addresses))
