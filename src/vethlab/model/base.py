"""What every declared type shares: frozen, nothing unknown allowed, and the names a file may use."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

__all__ = ["Address", "Declared", "Name", "Subnet", "is_address"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network

#: A name that can be a host name as it stands (RFC 1123 label, lower case), short enough to read in a matrix.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$", max_length=32)]


def is_address(text: str) -> bool:
    """Whether it is an IP address of either version, and no name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Declared(BaseModel):
    """A value as somebody wrote it down. It never changes, and never knows whether anything is running."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
