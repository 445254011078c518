"""Real machines instead of a lab: what `--inventory` means for the verbs that take it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from ..model import Topology
    from ..remote import Inventory
    from ..world import World

__all__ = ["real_machines"]


def real_machines(arguments: argparse.Namespace) -> tuple[Topology, World, Inventory]:
    """The topology the machines are to be, its world, and how they are reached.

    The topology is the verb's argument, or what the inventory says (vethlab_topology). Raises InputError.
    """
    from ..addressing import lay_out
    from ..load import load
    from ..remote import read_inventory

    inventory = read_inventory(arguments.inventory)
    wanted = arguments.lab or inventory.topology
    if wanted is None:
        message = "which topology are these machines? Name it as an argument, or as vethlab_topology in [all:vars]"
        raise InputError.of(message, str(arguments.inventory))
    topology = load(wanted)
    world = lay_out(topology)
    inventory.fit(world)
    return topology, world, inventory
