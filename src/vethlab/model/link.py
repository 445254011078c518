"""Switches, and the links that plug a node into them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from .base import Address, Declared, Subnet

__all__ = ["Link", "Rate", "Switch", "parse_delay", "parse_loss", "parse_rate"]

_RATE = {"": 1, "bit": 1, "kbit": 10**3, "mbit": 10**6, "gbit": 10**9}
_TIME = {"us": 10**-6, "ms": 10**-3, "s": 1.0}


def parse_rate(text: object) -> int:
    """Bits per second from `100mbit` and its like (tc(8), RATES)."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(bit|kbit|mbit|gbit|)", str(text).strip().lower())
    if not match or float(match[1]) <= 0:
        raise ValueError(f"a rate such as 100mbit or 1gbit was expected, not {text!r}")
    return int(float(match[1]) * _RATE[match[2]])


def parse_delay(text: object) -> float:
    """Seconds from `10ms` and its like (tc(8), TIMES)."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(us|ms|s)", str(text).strip().lower())
    if not match:
        raise ValueError(f"a delay such as 10ms was expected, not {text!r}")
    return float(match[1]) * _TIME[match[2]]


def parse_loss(text: object) -> float:
    """A fraction from 0 to 1 out of `2%`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)%", str(text).strip())
    if not match or float(match[1]) > 100:
        raise ValueError(f"a loss such as 2% was expected, not {text!r}")
    return float(match[1]) / 100


Mtu = Annotated[int, Field(ge=576, le=65535)]
Rate = Annotated[int, BeforeValidator(parse_rate, json_schema_input_type=str | int)]
Delay = Annotated[float, BeforeValidator(parse_delay, json_schema_input_type=str)]
Loss = Annotated[float, BeforeValidator(parse_loss, json_schema_input_type=str)]


class Switch(Declared):
    """A layer-2 segment. `subnets` are its prefixes (either family); `outside` marks the emulated internet."""

    subnets: tuple[Subnet, ...] = Field(min_length=1)
    mtu: Mtu = 1500
    outside: bool = False


class Link(Declared):
    """A cable from a node to a switch. Without `addresses` they follow from the node's ordinal.

    `rate` is in bits per second, `delay` in seconds, `loss` a fraction; `mtu` in bytes, the switch's if not given.
    """

    switch: str
    addresses: tuple[Address, ...] = ()
    mtu: Mtu | None = None
    rate: Rate | None = None
    delay: Delay | None = None
    loss: Loss | None = None
