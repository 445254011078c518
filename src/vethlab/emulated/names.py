"""A name for a container that was given none: an adjective and a person, as Docker does."""

from __future__ import annotations

from collections.abc import Container
from itertools import product

__all__ = ["container_name"]

_ADJECTIVES = ("brave", "calm", "eager", "gentle", "happy", "keen", "lucid", "quiet", "sharp", "vivid")
_PEOPLE = ("cerf", "clark", "diffie", "holberton", "kahn", "mockapetris", "moore", "perlman", "postel", "stoll")


def container_name(taken: Container[str]) -> str:
    """The first that is free. Hyphens join it: the name is a host name too."""
    return next(n for a, p in product(_ADJECTIVES, _PEOPLE) if (n := f"{a}-{p}") not in taken)
