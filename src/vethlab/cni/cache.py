"""What a runtime remembers of an ADD until the DEL: the network, the arguments, and the result.

In the words of the reference library (`cniCacheV1`), so that its tools read it too: one file for each attachment,
/var/lib/cni/results/NETWORK-CONTAINERID-IFNAME.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import CniError
from . import configuration
from .attachment import Attachment
from .configuration import Network

__all__ = ["Entry", "file_name", "parse", "render"]

_KIND = "cniCacheV1"
_UNDECODABLE = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """A remembered attachment: made by `network` as it was then, whatever the file says by now."""

    network: Network
    attachment: Attachment
    result: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """(container id, interface)"""
        return self.attachment.container_id, self.attachment.ifname


def file_name(network: str, container_id: str, ifname: str) -> str:
    """The name that libcni gives to the cache file of an attachment."""
    return f"{network}-{container_id}-{ifname}"


def render(entry: Entry) -> str:
    """The text of a cache file, a JSON document; the configuration in it is base64, as in libcni. `parse` reads it."""
    attachment = entry.attachment
    document = {
        "kind": _KIND,
        "containerId": attachment.container_id,
        "config": base64.b64encode(json.dumps(entry.network.document()).encode()).decode(),
        "ifName": attachment.ifname,
        "networkName": entry.network.name,
        "netns": attachment.netns,
        "cniArgs": [[key, value] for key, value in attachment.args.items()],
        "capabilityArgs": dict(attachment.capabilities),
        "result": dict(entry.result),
    }
    return json.dumps(document)


def parse(text: str, file: str) -> Entry:
    """The inverse of `render`. Raises CniError that names the file."""
    try:
        document: dict[str, Any] = json.loads(text)
        if document["kind"] != _KIND:
            raise ValueError(f"kind {document['kind']!r}")
        network = configuration.parse(base64.b64decode(document["config"], validate=True), file)
        attachment = Attachment(
            container_id=document["containerId"],
            netns=document.get("netns", ""),
            ifname=document["ifName"],
            args=dict(document.get("cniArgs") or ()),
            capabilities=document.get("capabilityArgs") or {},
        )
        return Entry(network, attachment, document["result"])
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise CniError(f"the cached result cannot be read: {error}", code=_UNDECODABLE, file=file) from None
