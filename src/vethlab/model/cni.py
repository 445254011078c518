"""CNI: which plugins give pods their network (the Container Network Interface's specification)."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from .base import Declared

__all__ = ["Cni", "CniChoice"]


def _plugin(value: str) -> str:
    if not value.strip("./") or any(sign.isspace() for sign in value):
        raise ValueError(f"the name of a plugin, or a file such as ./my-plugin, was expected, not {value!r}")
    return value


class Cni(Declared):
    """Pods get their network from CNI plugins, by the configuration list a playbook writes on every host.

    `plugin` makes the interface: the name of one that is installed, or a file of your own (with a slash in it,
    relative to the topology's). `config` is put into its configuration, over what the playbook writes there.
    Host ports bring `portmap` in behind it, limits `bandwidth`. `version` is the configuration's cniVersion.
    """

    plugin: Annotated[str, AfterValidator(_plugin)] = "bridge"
    config: dict[str, Any] = Field(default_factory=dict)
    version: Literal["0.3.1", "0.4.0", "1.0.0", "1.1.0"] = "1.0.0"

    @property
    def file(self) -> PurePath | None:
        """The plugin that is a file of the user's own."""
        return PurePath(self.plugin) if "/" in self.plugin else None

    @property
    def type(self) -> str:
        """What the configuration calls the plugin."""
        return self.file.name if self.file else self.plugin


def _chosen(value: Any) -> Any:
    """`plugins` is short for every default, `in-process` for none of it."""
    return {"plugins": {}, "in-process": None}.get(value, value) if isinstance(value, str) else value


CniChoice = Annotated[
    Cni | None,
    BeforeValidator(_chosen, json_schema_input_type=Literal["plugins", "in-process"] | Cni | None),
]
