"""A node and its pods for one test: namespaces, a runtime, and plugins that write down how they are called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from namespaces import Namespaces
from vethlab.cni import Attachment, Network, Runtime

__all__ = ["Node"]

_BIN = Path("/run/plugins")

#: Writes down each call; what it answers is in a file beside it, and `how` is shell that is run before.
_SCRIPT = """\
#!/bin/sh
name=$(basename "$0")
printf '%s %s ' "$CNI_COMMAND" "$name" >> /run/calls
tr -d '\\n' >> /run/calls
echo >> /run/calls
{how}
cat "/run/plugins/$name.$CNI_COMMAND" 2>/dev/null || true
"""


class Node:
    """One node of a netns; its pods are namespaces beside it."""

    def __init__(self, netns: Namespaces, seconds: float = 60.0) -> None:
        self.netns = netns
        netns.node("node")
        self.runtime = Runtime("node", netns.pids["node"], (str(_BIN), "/usr/lib/cni"), seconds)
        self.store = self.runtime.store
        self.net_d = Path("/etc/cni/net.d")
        self.net_d.mkdir(parents=True, exist_ok=True)
        _BIN.mkdir(exist_ok=True)

    def network(self, *plugins: Mapping[str, Any], version: str = "1.0.0", **more: Any) -> Network:
        """Written to the node as 10-pods.conflist, and read again."""
        document = {"cniVersion": version, "name": "pods", "plugins": list(plugins), **more}
        (self.net_d / "10-pods.conflist").write_text(json.dumps(document))
        return self.store.network("pods")

    def pod(self, name: str, **capabilities: Any) -> Attachment:
        if name not in self.netns.pids:
            self.netns.node(name)
        return Attachment(name, f"/proc/{self.netns.pids[name]}/ns/net", capabilities=capabilities)

    def plugin(self, name: str, how: str = "", **answers: object) -> dict[str, str]:
        """A plugin that answers ADD=…, DEL=… with these; text goes out as it is. Returns its configuration."""
        binary = _BIN / name
        binary.write_text(_SCRIPT.format(how=how))
        binary.chmod(0o755)
        for command, answer in answers.items():
            text = answer if isinstance(answer, str) else json.dumps(answer)
            (_BIN / f"{name}.{command}").write_text(text)
        return {"type": name}

    def calls(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(command, plugin, what it read) of every call so far, in order."""
        file = Path("/run/calls")
        lines = file.read_text().splitlines() if file.exists() else []
        words = [line.split(" ", 2) for line in lines]
        return [(command, plugin, json.loads(document or "{}")) for command, plugin, document in words]

    def leases(self) -> set[str]:
        """The addresses host-local has given away."""
        store = Path("/var/lib/cni/networks/pods")
        return {f.name for f in store.iterdir() if f.name[0].isdigit()} if store.is_dir() else set()

    def ip(self, place: str, *words: str) -> Any:
        """What `ip -json` tells in a place."""
        return json.loads(self.netns.run(place, "ip", "-json", *words) or "[]")
