"""What a runtime asks of a plugin: its environment and its standard input (specification 1.1.0, sections 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import CniError
from .configuration import IDENTIFIER, Network, PluginConfig

__all__ = ["Attachment", "Command", "environment", "stdin"]

Command = Literal["ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"]

_INVALID_ENVIRONMENT = 4


@dataclass(frozen=True, slots=True)
class Attachment:
    """A container on a network, by one interface. The key is (network name, container id, interface).

    `netns` is the path of its network namespace as the node sees it; empty when that is gone. `args` become CNI_ARGS;
    `capabilities` is what the runtime offers under runtimeConfig (portMappings, bandwidth, ips, mac, aliases, …).
    """

    container_id: str
    netns: str = ""
    ifname: str = "eth0"
    args: Mapping[str, str] = field(default_factory=dict)
    capabilities: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Raises CniError where the specification forbids the id, the interface's name or an argument."""
        if not IDENTIFIER.fullmatch(self.container_id):
            raise _bad(f"a container id of letters, digits, '_', '.' and '-' was expected, not {self.container_id!r}")
        if self.ifname in ("", ".", "..") or len(self.ifname) > 15 or re.search(r"[/:\s]", self.ifname):
            what = "an interface name of at most 15 characters without '/', ':' and blanks was expected"
            raise _bad(f"{what}, not {self.ifname!r}")
        for key, value in self.args.items():
            if not key or any(sign in key + value for sign in ";=\0"):
                raise _bad(f"CNI_ARGS cannot hold {key}={value}: neither may contain ';' or '='")


def environment(command: Command, path: Sequence[str], attachment: Attachment | None = None) -> dict[str, str]:
    """The CNI_* variables of a call. GC, STATUS and VERSION are about no container."""
    found = {"CNI_COMMAND": command, "CNI_PATH": ":".join(path)}
    if attachment is None:
        return found
    arguments = ";".join(f"{key}={value}" for key, value in attachment.args.items())
    return found | {
        "CNI_CONTAINERID": attachment.container_id,
        "CNI_NETNS": attachment.netns,
        "CNI_IFNAME": attachment.ifname,
        "CNI_ARGS": arguments,
    }


def stdin(
    network: Network,
    plugin: PluginConfig,
    attachment: Attachment | None = None,
    previous: Mapping[str, Any] | None = None,
    valid: Iterable[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    """What one plugin reads: its configuration with the network's name and version, less `capabilities`.

    `previous` is the result so far; `valid` holds the (container id, interface) pairs that GC must leave alone.
    """
    document = {key: value for key, value in plugin.document.items() if key != "capabilities"}
    document |= {"cniVersion": network.version, "name": network.name}
    given = {k: v for k, v in (attachment.capabilities if attachment else {}).items() if k in plugin.capabilities}
    if given:
        document["runtimeConfig"] = given
    if previous is not None:
        document["prevResult"] = dict(previous)
    if valid is not None:
        # Libraries of 1.1.0's first months took the second key, by an error of the text that was mended later.
        document["cni.dev/valid-attachments"] = [{"containerID": c, "ifname": i} for c, i in valid]
        document["cni.dev/attachments"] = document["cni.dev/valid-attachments"]
    return document


def _bad(message: str) -> CniError:
    return CniError(message, code=_INVALID_ENVIRONMENT)
