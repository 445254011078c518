"""Files that a topology names: found beside the topology's own, and fit for their use."""

from __future__ import annotations

import os
from pathlib import Path

from .finding import Finding
from .model import Topology

__all__ = ["with_files"]


def with_files(topology: Topology, beside: Path) -> tuple[Topology, list[Finding]]:
    """The topology with absolute paths, and what is wrong with the files."""
    if topology.cni is None or topology.cni.file is None:
        return topology, []
    file = (beside / topology.cni.file).resolve()
    if wrong := _unfit(file):
        return topology, [Finding(("cni", "plugin"), f"{topology.cni.plugin!r} {wrong}")]
    return topology.model_copy(update={"cni": topology.cni.model_copy(update={"plugin": str(file)})}), []


def _unfit(file: Path) -> str | None:
    if not file.is_file():
        return f"is no file ({file}): a plugin of your own is found beside the topology's file"
    if not os.access(file, os.X_OK):
        return f"cannot be run: chmod +x {file}"
    return None
