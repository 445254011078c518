"""A topology back to YAML: only what differs from the defaults, in the order of the model."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from .model import Link, Topology
from .yaml_source import is_text

__all__ = ["dump"]


def dump(topology: Topology) -> str:
    """The text of a topology file that loads as an equal topology."""
    document = topology.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for above, declared in (("containers", topology.containers), ("pods", topology.pods)):
        for name, workload in declared.items():
            if workload.publish:
                document[above][name]["publish"] = [str(p) for p in workload.publish]
    for name, node in topology.nodes.items():
        document["nodes"][name]["links"] = [_link(link) for link in node.links]
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _link(link: Link) -> str | dict[str, Any]:
    """A link in the words of the file: its rate, delay and loss have units there."""
    document = link.model_dump(mode="json", exclude_defaults=True)
    if link.rate is not None:
        document["rate"] = f"{link.rate}bit"
    if link.delay is not None:
        document["delay"] = f"{Decimal(repr(link.delay)):f}s"
    if link.loss is not None:
        document["loss"] = f"{Decimal(repr(link.loss)) * 100:f}%"
    return link.switch if len(document) == 1 else document


class _Dumper(yaml.SafeDumper):
    """No anchors, and quotes around text that YAML 1.2 would take for something else (PyYAML minds 1.1 only)."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_text(text) else '"')


_Dumper.add_representer(str, _text)
