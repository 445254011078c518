"""Expectations: what the author of a topology says must happen."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from .base import Declared

__all__ = ["PROBE_KEYS", "Expectation"]

ProbeKind = Literal["tcp", "udp", "http", "icmp", "dns", "mtu"]
PROBE_KEYS: tuple[ProbeKind, ...] = ("tcp", "udp", "http", "icmp", "dns", "mtu")


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Selector = Annotated[
    tuple[str, ...],
    BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...]),
    Field(min_length=1),
]


class Expectation(Declared):
    """From every `from` to every `to` (itself left out), by one probe, this outcome.

    A selector is a name, a group (`nodes`, `routers`, `outside`, `containers`, `pods`, `all`), or a group on one node
    (`pods@node1`). `where` keeps the pairs on the same host or on different ones. `family` keeps IPv4 or IPv6.

    The probe is exactly one of: `tcp: PORT`, `udp: PORT`, `http: PORT`, `icmp: true`, `dns: NAME`, `mtu: true`.
    With `published: true` the port is a host port and the target is reached through its host's address.
    For `dns`, `to` names who is asked: a node that runs a name server, or `resolver` for what the source itself uses.

    `outcome` is a word of the outcome alphabet; the rest sharpens it: `source` is the address the server must see
    (`own`, `host`, `gateway`, or an address), `bytes` the path MTU, `records` the addresses a name must have,
    `rcode` the DNS response code, `status` the HTTP status.
    """

    from_: Selector = Field(alias="from")
    to: Selector
    where: Literal["same-host", "other-host"] | None = None
    family: Literal[4, 6] | None = None
    tcp: int | None = Field(default=None, ge=1, le=65535)
    udp: int | None = Field(default=None, ge=1, le=65535)
    http: int | None = Field(default=None, ge=1, le=65535)
    icmp: Literal[True] | None = None
    dns: str | None = None
    mtu: Literal[True] | None = None
    published: bool = False
    outcome: Literal["reached", "refused", "unreachable", "timeout", "answered", "http", "path_mtu"]
    source: str | None = None
    bytes: int | None = Field(default=None, ge=68, le=65535)
    records: tuple[str, ...] | None = None
    rcode: str | None = None
    status: int | None = Field(default=None, ge=100, le=599)

    @model_validator(mode="after")
    def _one_probe(self) -> Expectation:
        asked = [key for key in PROBE_KEYS if getattr(self, key) is not None]
        if len(asked) != 1:
            raise ValueError(
                f"exactly one probe of {', '.join(PROBE_KEYS)} was expected, not {' and '.join(asked) or 'none'}"
            )
        return self

    @property
    def kind(self) -> ProbeKind:
        """Which probe it is: one of PROBE_KEYS."""
        return next(key for key in PROBE_KEYS if getattr(self, key) is not None)
