# SPDX-License-Identifier: Apache-2.0
"""Filters that tell IPv4 from IPv6."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

DOCUMENTATION = r"""
name: of_family
short_description: The addresses or prefixes of one IP version
description: Keeps what is IPv4 (4) or IPv6 (6), in order.
positional: version
options:
  _input: {description: Addresses or prefixes., type: list, elements: str, required: true}
  version: {description: The IP version., type: int, required: true}
"""


def of_family(addresses: Iterable[str], version: int) -> list[str]:
    """Those of `addresses` (or prefixes, in text) whose IP version is `version`."""
    return [a for a in addresses if (":" in a) == (int(version) == 6)]


def families(addresses: Iterable[str]) -> list[int]:
    """The IP versions that occur among `addresses`: [4], [6], [4, 6] or none."""
    return sorted({6 if ":" in a else 4 for a in addresses})


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"of_family": of_family, "families": families}
